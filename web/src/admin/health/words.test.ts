import type { AuditEntry } from '../../../../functions/src/contract/admin.ts'
import type { DayCounts } from '../../../../functions/src/contract/runs.ts'
import {
  ago,
  comparisonOf,
  countsText,
  every,
  matching,
  minutes,
  progressOf,
  resultOf,
  summary,
  until,
} from './words.ts'

const NOW = new Date('2026-11-25T12:00:00Z')

it('says what a run has done, and how several ended', () => {
  expect(countsText({ counts: { pages: 3, rows: 1200 } }, 'en')).toBe('pages 3, rows 1,200')
  expect(countsText({ counts: {} })).toBe('')
  expect(summary(['running', 'done', 'done', 'failed'])).toBe('1 at work, 2 done, 1 failed')
})

it('says when something is due', () => {
  expect(until(new Date(NOW.getTime() + 180_000), NOW, 'en')).toBe('in 3 min')
  expect(until(new Date(NOW.getTime() + 1500), NOW, 'en')).toBe('in 2 sec')
  expect(until(NOW, NOW, 'en')).toBe('now')
  expect(ago(new Date(NOW.getTime() - 180_000), NOW, 'en')).toBe('3 min ago')
  expect(ago(new Date(NOW.getTime() - 215_000), NOW, 'en')).toBe('3 min ago')
  expect(ago(new Date(NOW.getTime() + 1000), NOW, 'en')).toBe('just now')
  expect([minutes(7_261_000, 'en'), minutes(1000, 'en')]).toEqual(['2 hr 1 min', '1 min'])
  expect(every(3600, 'en')).toBe('every 1 hr')
})

it.each<readonly [Partial<DayCounts<Date>>, string, string]>([
  [{}, 'agree', 'Agree.'],
  [{ recent: true }, 'agree', 'Agree, though there were changes just before.'],
  [{ bigQuery: 3, recent: true }, 'open', 'Changed within the ten minutes before: BigQuery need not know yet.'],
  [{ bigQuery: null }, 'open', 'BigQuery could not be asked.'],
  [{ bigQuery: 3, erasing: true }, 'open', 'A customer’s data was being deleted just then: count again.'],
  [{ records: 0, sealed: true }, 'agree', 'Counters and BigQuery agree. Records have expired.'],
  [{ bigQuery: 3 }, 'differ', 'BigQuery has 2 fewer than records.'],
  [{ counters: 6, bigQuery: 3 }, 'differ', 'Counters have 1 more than records. BigQuery has 2 fewer than records.'],
  [{ counters: 6, bigQuery: null }, 'differ', 'Counters have 1 more than records.'],
  [{ records: 0, bigQuery: 7, sealed: true }, 'differ', 'BigQuery has 2 more than counters.'],
])('says of a day’s counts %j: %s', (changes, state, text) => {
  const day = { date: '2026-11-24', records: 5, counters: 5, bigQuery: 5, sealed: false, recent: false, erasing: false }
  expect(comparisonOf({ ...day, countedAt: NOW, ...changes }, 'en')).toEqual({ state, text })
})

describe('the audit log', () => {
  const entry = (more: Partial<AuditEntry<Date>>): AuditEntry<Date> => ({
    by: 'ada@example.org',
    command: 'adminReplay',
    arguments: ['reason=corrupt'],
    at: NOW,
    state: 'done',
    result: 0,
    error: null,
    endedAt: NOW,
    expireAt: NOW,
    ...more,
  })

  it('says how each ended, and how far it got', () => {
    expect(
      [entry({}), entry({ state: 'started', result: null }), entry({ state: 'failed', result: 1 })].map(resultOf),
    ).toEqual(['Done', 'Begun', 'Failed (1)'])
    expect(resultOf(entry({ state: 'failed', result: null, error: 'no such customer' }))).toBe('no such customer')
    expect(resultOf(entry({ state: 'failed', result: null }))).toBe('Failed')
    expect(progressOf(entry({ progress: { matching: 1200, rawExpired: 3 } }), 'en')).toBe(
      'matching 1,200, raw expired 3',
    )
    expect(progressOf(entry({}))).toBe('')
  })

  it('finds entries by all words of a text, wherever they stand', () => {
    const entries = [entry({}), entry({ by: 'bob', command: 'pause', arguments: ['a loop <b>'] })]
    expect(matching(entries, '  ')).toBe(entries)
    expect(matching(entries, 'ADA corrupt')).toEqual([entries[0]])
    expect(matching(entries, 'loop <b> done')).toEqual([entries[1]])
    expect(matching(entries, 'ada loop')).toEqual([])
  })
})
