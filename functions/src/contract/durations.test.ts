import { durationBucket } from './record.ts'
import { DURATION_BUCKETS, longestOf } from './durations.ts'

it('ends each bucket where the next begins', () => {
  expect(DURATION_BUCKETS).toBe(96)
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(longestOf)).toEqual([1, 1, 1, 1, 2, 2, 3, 3, 4])
  for (let bucket = 0; bucket < DURATION_BUCKETS - 1; bucket++) {
    const longest = longestOf(bucket) ?? NaN
    expect(durationBucket(longest)).toBeLessThanOrEqual(bucket)
    expect(durationBucket(longest + 1)).toBeGreaterThan(bucket)
  }
  expect(longestOf(DURATION_BUCKETS - 1)).toBeNull()
})
