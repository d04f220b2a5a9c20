/** The scale of the histograms of processing times. Shared with the web client. No imports but from this folder. */
import { durationBucket } from './record.ts'

/** Number of buckets of the histograms of processing times: see {@link durationBucket}. */
export const DURATION_BUCKETS = durationBucket(Number.MAX_SAFE_INTEGER) + 1

/** The longest processing time, in whole milliseconds, of this bucket and those below it; null for the last, which has no end. */
export function longestOf(bucket: number): number | null {
  if (bucket >= DURATION_BUCKETS - 1) return null
  // From a little above the end, since powers of two may come out a little off.
  let milliseconds = Math.ceil(2 ** ((bucket + 1) / 4)) + 1
  while (durationBucket(milliseconds) > bucket) milliseconds--
  return milliseconds
}
