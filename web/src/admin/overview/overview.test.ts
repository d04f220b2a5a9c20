import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { SHARE_CHUNKS } from '../../../../functions/src/contract/totals.ts'
import { datesIn, plusDays } from '../../pieces/days.ts'
import { NO_FILTER as ALL } from '../../pieces/sums.ts'
import { monthsAndDays } from '../pieces/period.ts'
import { reasonName } from '../pieces/words.ts'
import { addEnded, endedText, FEED_IMAGES, feedRows, NONE_ENDED, throttled } from './feed.ts'
import { TOP_CUSTOMERS, topCustomers } from './series.ts'
import { against, filterOf, pointsAgainst } from './sums.ts'

it('the filter comes from the address, where only what exists counts', () => {
  expect(filterOf(new URLSearchParams('source=kafka&format=heic'))).toEqual({ source: 'kafka', format: 'heic' })
  expect(filterOf(new URLSearchParams('source=<b>&format=toString'))).toEqual(ALL)
})

it('a comparison has a direction, and there is none with nothing', () => {
  expect(against(112, 100)).toBe('+12%')
  expect(against(97, 100)).toBe('−3%')
  expect(against(null, 100)).toBeNull()
  expect(against(100, null)).toBeNull()
  expect(pointsAgainst(0.05, 0.025, 'en')).toBe('+2.5 points')
  expect(pointsAgainst(0.05, 0.054, 'en')).toBe('−0.4 points')
  expect(pointsAgainst(0.05, 0.05, 'en')).toBe('no change')
  expect(pointsAgainst(null, 0.05, 'en')).toBeNull()
})

it('reasons are called as they are written in records', () => {
  expect(reasonName('unsupported-format')).toBe('Unsupported format')
})

describe('customers', () => {
  const shares = new Map(
    [5, 9, 0, 7, 1].map((images, i) => [`c${i}`, [images, 1, images * 100, images * 10] as const] as const),
  )

  it('the largest are named and the rest is one row: together they are all', () => {
    expect(topCustomers(shares, 2)).toEqual([
      { customerId: 'c1', customers: 1, images: 9, failed: 1, bytesIn: 900, bytesOut: 90 },
      { customerId: 'c3', customers: 1, images: 7, failed: 1, bytesIn: 700, bytesOut: 70 },
      { customerId: null, customers: 2, images: 6, failed: 2, bytesIn: 600, bytesOut: 60 },
    ])
  })

  it('there is no rest where all have a name', () => {
    expect(topCustomers(shares, 3).map(({ customerId }) => customerId)).toEqual(['c1', 'c3', 'c0', 'c4'])
    expect(topCustomers(new Map(), 3)).toEqual([])
  })
})

const record = (imageId: string, state: 'processed' | 'failed', minute: number) =>
  ({
    imageId,
    state,
    fileName: `${imageId}.jpg`,
    customerId: 'c1',
    source: 'web',
    input: null,
    raw: { bytes: 5 },
    counted: { format: 'jpeg', milliseconds: 120 },
    error: state === 'failed' ? { code: 'corrupt', message: 'The file is damaged.' } : null,
    processedAt: new Date(Date.UTC(2026, 10, 1, 0, minute)),
  }) as unknown as ImageRecord<Date>

describe('the feed', () => {
  it('says of each image how it ended', () => {
    expect(feedRows([], [record('a', 'failed', 1)])).toEqual([
      {
        key: `a~${Date.UTC(2026, 10, 1, 0, 1)}`,
        fileName: 'a.jpg',
        customerId: 'c1',
        source: 'web',
        format: 'jpeg',
        processed: false,
        reason: 'The file is damaged.',
        milliseconds: 120,
        bytes: 5,
        endedAt: new Date(Date.UTC(2026, 10, 1, 0, 1)),
      },
    ])
  })

  it('keeps the row of an image that was there, and makes a new one when it ends anew', () => {
    const first = feedRows([], [record('a', 'processed', 1), record('b', 'failed', 0)])
    const second = feedRows(first, [record('b', 'processed', 2), record('a', 'processed', 1)])
    expect(second[1]).toBe(first[0])
    expect(second[0]).toMatchObject({ fileName: 'b.jpg', processed: true })
    expect(addEnded(NONE_ENDED, first, second)).toEqual({ processed: 1, failed: 0 })
  })

  it('sums up what ended in one sentence', () => {
    const before = feedRows([], [record('a', 'processed', 1)])
    const after = feedRows(before, [record('c', 'failed', 3), record('b', 'processed', 2)])
    expect(endedText(addEnded({ processed: 1, failed: 0 }, before, after))).toBe('2 images processed, 1 failed.')
    expect(endedText({ processed: 1, failed: 0 })).toBe('1 image processed.')
    expect(endedText({ processed: 0, failed: 2 })).toBe('2 images failed.')
  })

  it('renders at once, then once in an interval however often it is asked, and never forgets the last', () => {
    let now = 0
    const timers = new Map<() => void, number>()
    const runs: number[] = []
    const render = throttled(() => runs.push(now), 500, {
      now: () => now,
      after(milliseconds, run) {
        timers.set(run, now + milliseconds)
        return () => timers.delete(run)
      },
    })
    const passUntil = (end: number, each: () => void) => {
      for (; now < end; now += 20) {
        for (const [run, due] of timers) {
          if (due > now) continue
          timers.delete(run)
          run()
        }
        each()
      }
    }
    passUntil(1010, render.ask)
    passUntil(3000, () => {})
    expect(runs).toEqual([0, 500, 1000, 1500])
    render.ask()
    render.ask()
    render.stop()
    passUntil(5000, () => {})
    expect(runs).toEqual([0, 500, 1000, 1500, 3000])
  })
})

/**
 * The most parts ({@link monthsAndDays}) that a period of at most so many days has, over two years of which one is a leap year. Those that begin
 * soon after a month does have most: later there are fewer days before the next month, and as many from there on.
 */
function mostParts(days: number): number {
  let most = 0
  for (const date of datesIn({ from: '2027-01-01', to: '2028-12-31' })) {
    if (Number(date.slice(8)) > 3) continue
    // Fewer days than the most parts so far have no more parts either.
    for (let length = most + 1; length <= days; length++) {
      most = Math.max(most, monthsAndDays({ from: date, to: plusDays(date, length - 1) }).length)
    }
  }
  return most
}

it('costs.md states what opening the overview for at most 90 days reads: a bound that knows nothing of images', () => {
  const parts = mostParts(90)
  const reads = {
    'totals, of the period and of the one before': 2 * 90,
    [`shares, of at most ${parts} months and days`]: parts * SHARE_CHUNKS,
    'names of the largest customers': TOP_CUSTOMERS + 1,
    'the feed, and its customers’ names': 2 * FEED_IMAGES,
    'the time zone, the admin’s own rights, and whether processing is paused': 3,
  }
  const all = Object.values(reads).reduce((sum, each) => sum + each, 0)
  const doc = readFileSync(join(__dirname, '../../../../docs/costs.md'), 'utf8')
  for (const [what, count] of Object.entries(reads)) expect(doc).toContain(`| ${what} | ${count} |\n`)
  expect(doc).toContain(`| **all** | **${all}** |\n`)
})
