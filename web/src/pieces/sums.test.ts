import { NO_FIGURES } from '../../../functions/src/contract/record.ts'
import { DAYS, figures } from './testing/days.ts'
import { formatsIn, newestOf, NO_FILTER as ALL, sumsOf } from './sums.ts'

describe('sums', () => {
  it('add up all cells of all days; what did not end as processed failed', () => {
    expect(sumsOf(DAYS, ALL)).toMatchObject({ ...figures(25), processed: 16, failed: 9, failureRate: 9 / 25 })
  })

  it('take only the cells that match the source and the format', () => {
    expect(sumsOf(DAYS, { source: 'web', format: null })).toMatchObject({ images: 17, processed: 11, failed: 6 })
    expect(sumsOf(DAYS, { source: null, format: 'jpeg' })).toMatchObject({ images: 15, processed: 10, failed: 5 })
    expect(sumsOf(DAYS, { source: 'kafka', format: 'jpeg' })).toMatchObject({ images: 3, bytesIn: 3000 })
  })

  it('take percentiles from the histograms of all days together', () => {
    const { median, p99 } = sumsOf(DAYS, { source: 'kafka', format: null })
    // Bucket b ends at 2^((b + 1) / 4) ms. 15 of 16 images are in bucket 20, one is in bucket 40.
    expect(median).toBe(38)
    expect(p99).toBe(1217)
  })

  it('of nothing have neither a rate nor percentiles', () => {
    expect(sumsOf([], ALL)).toEqual({
      ...NO_FIGURES,
      processed: 0,
      failed: 0,
      failureRate: null,
      median: null,
      p99: null,
    })
  })

  it('are as of the newest day that was rolled up', () => {
    const at = (time: string) => ({ updatedAt: new Date(time) })
    expect(newestOf([at('2026-11-03T10:00:00Z'), at('2026-11-03T12:00:00Z'), at('2026-11-02T00:00:00Z')])).toEqual(
      new Date('2026-11-03T12:00:00Z'),
    )
    expect(newestOf([])).toBeNull()
  })
})

it('formats that occur are known, each once', () => {
  expect(formatsIn(DAYS)).toEqual(['jpeg', 'png', 'webp', 'unknown'])
})
