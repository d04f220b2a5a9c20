import type { RetentionAnswer } from '../../../../functions/src/contract/admin.ts'
import {
  SCHEDULED,
  SCHEDULES,
  type DayCounts,
  type Run,
  type Runs,
  type Scheduled,
} from '../../../../functions/src/contract/runs.ts'
import type { BridgeStatus, ExportRun } from '../backend.ts'
import { behind, findings, isKnown, nextRun, overdueFor, stateOf, type Health } from './verdict.ts'

const NOW = new Date('2026-11-25T12:00:00Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)

const run = (started: number, ended: number | null, more: Partial<Run<Date>> = {}): Run<Date> => ({
  id: String(started),
  startedAt: ago(started),
  endedAt: ended === null ? null : ago(ended),
  error: null,
  counts: {},
  ...more,
})
const runsOf = (name: Scheduled, ...last: Run<Date>[]): Runs<Date> => ({
  name,
  ...SCHEDULES[name],
  last,
  updatedAt: NOW,
})
const exported = (finished: number, lagSeconds: number | null, watermark: number | null = null): ExportRun => ({
  runId: 'r',
  outcome: 'complete',
  rows: {},
  watermark: watermark === null ? null : ago(watermark),
  lagSeconds,
  error: null,
  startedAt: ago(finished + 5),
  finishedAt: ago(finished),
})
const counted = (date: string, more: Partial<DayCounts<Date>> = {}): DayCounts<Date> => ({
  date,
  records: 5,
  counters: 5,
  bigQuery: 5,
  sealed: false,
  recent: false,
  erasing: false,
  countedAt: NOW,
  ...more,
})
const partition = { committed: 5, start: 0, end: 5, lag: 0, undecodable: null, expired: null }
const bridge = (partitions: BridgeStatus['partitions'], updatedAt = ago(30)): BridgeStatus => ({
  topic: 'images',
  group: 'darkroom',
  lag: 0,
  partitions,
  landed: 5,
  deadLetters: 0,
  dropped: 0,
  updatedAt,
})
const bucket = { bucket: 'b', policySeconds: null, locked: false, deletedAtDays: 7, softDeleteSeconds: null }
const RETENTION: RetentionAnswer = {
  configured: { retentionDays: 7, rawDays: 14 },
  raw: bucket,
  processed: bucket,
  problems: [],
  emulated: false,
  verifiedAt: '',
}
const WELL: Health = {
  runs: SCHEDULED.map((name) => runsOf(name, run(30, 20))),
  exports: [exported(60, 0, 600)],
  newestChange: ago(600),
  recount: { days: 3, differing: 0, repaired: 0, left: 0, startedAt: ago(60), finishedAt: ago(30) },
  bridges: [bridge({ 0: partition })],
  pause: null,
  counts: [counted('2026-11-24')],
  retention: RETENTION,
}
const said = (changes: Partial<Health>) =>
  findings({ ...WELL, ...changes }, NOW, 'UTC', 'en-GB').map(({ section, text }) => `${section}: ${text}`)

describe('a run', () => {
  it.each([
    ['running', run(100, null)],
    ['running', run(560, null)],
    ['broken-off', run(571, null)],
    ['done', run(100, 50)],
    ['failed', run(100, 50, { error: 'Error: down' })],
  ])('is %s', (state, each) => {
    expect(stateOf(each, { timeoutSeconds: 540 }, NOW)).toBe(state)
  })

  it('is followed by the next one at its time, and is overdue once that and one more were left out', () => {
    const recount = (started: number) => runsOf('recount', run(started, started - 10))
    expect(nextRun(recount(3000), NOW)).toEqual(ago(-600))
    expect(overdueFor(recount(3000), NOW)).toBeNull()
    expect(overdueFor(recount(7260), NOW)).toBeNull()
    expect(overdueFor(recount(7261), NOW)).toBe(7_261_000)
  })

  it('is not missed while one is at work that takes longer than from one to the next', () => {
    const atWork = runsOf('bridgeKafka', run(500, null), run(900, 600))
    expect(nextRun(atWork, NOW)).toBeNull()
    expect(overdueFor(atWork, NOW)).toBeNull()
    expect(overdueFor(runsOf('bridgeKafka', run(600, null)), NOW)).toBe(600_000)
  })
})

describe('how far BigQuery is behind', () => {
  it.each([
    ['nothing has ever changed, and nothing was exported', [], null, 0],
    ['something has changed, and nothing was exported', [], ago(60), null],
    ['nothing has changed since all was moved', [exported(60, 5)], ago(65), 0],
    ['what changed last is what was moved last', [exported(60, 500, 30)], ago(30), 0],
    [
      'something has changed since all was moved, however long before nothing had',
      [exported(60, 5, 9000)],
      ago(64),
      65_000,
    ],
    ['the last run could not tell, the one before could', [exported(10, null), exported(310, 0)], ago(20), 310_000],
    ['the export stands', [exported(3600, 0)], ago(5), 3_600_000],
  ])('%s', (_what, exports, newest, expected) => {
    expect(behind(exports, newest, NOW)).toBe(expected)
  })
})

describe('the verdict', () => {
  it('finds nothing where all is well', () => {
    expect(said({})).toEqual([])
    expect(isKnown(WELL)).toBe(true)
  })

  it('judges nothing that is not known yet, and says that it is not', () => {
    const unknown: Health = {
      runs: null,
      exports: null,
      newestChange: undefined,
      recount: undefined,
      bridges: null,
      pause: undefined,
      counts: null,
      retention: null,
    }
    expect(findings(unknown, NOW, 'UTC')).toEqual([])
    for (const [name, value] of Object.entries(unknown)) expect(isKnown({ ...WELL, [name]: value })).toBe(false)
  })

  it('needs a bridge only where there is Kafka, and everything else always', () => {
    expect(said({ runs: [], bridges: [] })).toEqual([
      'schedules: Rollup has never run.',
      'schedules: Export to BigQuery has never run.',
      'schedules: Reconcile has never run.',
      'schedules: Recount has never run.',
    ])
  })

  it('looks at the last run that has ended, not at the one under way, nor at those before', () => {
    const withRuns = (...last: Run<Date>[]) =>
      said({ runs: (WELL.runs ?? []).map((each) => (each.name === 'recount' ? runsOf('recount', ...last) : each)) })
    const bad = { error: 'Error: down' }
    expect(withRuns(run(30, null), run(60, 50, bad))).toEqual([
      'schedules: Recount failed when it ran last: Error: down',
    ])
    expect(withRuns(run(30, 20), run(60, 50, bad))).toEqual([])
    expect(withRuns(run(600, null))).toEqual(['schedules: Recount was broken off when it ran last.'])
    expect(withRuns(run(30, 20, { counts: { stuck: 3 } }))).toEqual([])
    expect(withRuns(run(8000, 7990))).toEqual(['schedules: Recount has not run for 2 hrs 13 mins.'])
  })

  it('finds images that are about to be lost', () => {
    const reconcile = runsOf('reconcile', run(10, null), run(310, 300, { counts: { stuck: 3 } }))
    expect(said({ runs: (WELL.runs ?? []).map((each) => (each.name === 'reconcile' ? reconcile : each)) })).toEqual([
      'schedules: 3 images have not ended, and in three days or less their raw objects are deleted.',
    ])
  })

  it('finds an export that is late', () => {
    expect(said({ exports: [exported(1200, 0)], newestChange: NOW })).toEqual([])
    expect(said({ exports: [exported(1201, 0)], newestChange: NOW })).toEqual(['export: BigQuery is 20 mins behind.'])
    expect(said({ exports: [] })).toEqual(['export: No export has moved everything yet.'])
  })

  it('names days that do not agree, the newest first, but none that can’t or need not', () => {
    expect(
      said({
        counts: [
          counted('2026-11-18', { counters: 6 }),
          counted('2026-11-19', { bigQuery: 4 }),
          counted('2026-11-20', { bigQuery: 4, recent: true }),
          counted('2026-11-21', { records: 0, sealed: true }),
          counted('2026-11-22', { records: 7, erasing: true }),
          counted('2026-11-23', { counters: 4, recent: true }),
          counted('2026-11-24', { bigQuery: 4, records: 0, sealed: true }),
        ],
      }),
    ).toEqual(['counts: The counts do not agree on 24 Nov 2026; 23 Nov 2026; 19 Nov 2026 and 1 more.'])
    expect(said({ counts: [counted('2026-11-24', { bigQuery: null })] })).toEqual([
      'counts: BigQuery could not be asked when days were counted last.',
    ])
  })

  it('finds what recount had to repair', () => {
    const recount = { days: 3, differing: 2, repaired: 2, left: 0, startedAt: NOW, finishedAt: NOW }
    expect(said({ recount })).toEqual([
      'counts: The last recount found 2 customers’ days with wrong counters, and repaired 2.',
    ])
    expect(said({ recount: null })).toEqual([])
  })

  it('finds partitions that stand, images that are lost, and a bridge that is silent', () => {
    const stopped = { ...partition, undecodable: { offset: 7, reason: 'unknown codec' } }
    const lost = { ...partition, expired: { from: 3, to: 9 } }
    expect(said({ bridges: [bridge({ 0: stopped, 1: lost }, ago(601))] })).toEqual([
      'bridge: Partition 0 of images has stopped at offset 7: unknown codec',
      'bridge: Images of partition 1 of images are lost: the topic removed offsets 3 to 8 before they were read.',
      'bridge: No bridge has told for 10 mins how far it is in images.',
    ])
  })

  it('says that all is paused, and what is wrong with how long things are kept', () => {
    const pause = { reason: 'a loop', by: 'ada', since: ago(3600) }
    expect(said({ pause })).toEqual(['pause: All processing is paused since 25 Nov 2026, 11:00:00: a loop'])
    expect(said({ pause: { reason: '', by: '', since: null } })).toEqual(['pause: All processing is paused'])
    expect(said({ retention: { ...RETENTION, problems: ['b: soft delete is on'] } })).toEqual([
      'retention: b: soft delete is on.',
    ])
  })
})
