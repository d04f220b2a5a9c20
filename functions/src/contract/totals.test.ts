import fc from 'fast-check'
import { DURATION_BUCKETS, longestOf } from './durations.ts'
import { durationBucket } from './record.ts'
import { NO_FIGURES } from './record.ts'
import { addDay, durationAt, NO_DAY, nameKeyOf, shareOf, type DayFigures } from './totals.ts'

const histograms = fc.dictionary(fc.nat(DURATION_BUCKETS - 1).map(String), fc.nat(1000))

it('says of durations what BigQuery’s view processing_times says of the same histogram', () => {
  // MIN(IF(100 * so_far >= percent * images, at_most, NULL)), so_far being the images of this bucket and of those below: export/views.ts.
  const byView = (histogram: Readonly<Record<string, number>>, percent: number) => {
    const images = Object.values(histogram).reduce((sum, each) => sum + each, 0)
    if (images === 0) return null
    const ends = Array.from({ length: DURATION_BUCKETS }, (_, bucket) => {
      const upTo = Object.entries(histogram).filter(([own]) => Number(own) <= bucket)
      const soFar = upTo.reduce((sum, [, each]) => sum + each, 0)
      return 100 * soFar >= percent * images ? longestOf(bucket) : null
    })
    return ends.find((end) => end !== null) ?? null
  }
  fc.assert(
    fc.property(histograms, fc.constantFrom(1, 50, 55, 95, 99, 100), (histogram, percent) => {
      expect(durationAt(histogram, percent / 100)).toBe(byView(histogram, percent))
    }),
    { numRuns: 500 },
  )
})

it('is not off by one where a product of doubles is', () => {
  // 0.55 * 100 is 55.00000000000001.
  expect(durationAt({ 4: 55, 8: 45 }, 0.55)).toBe(longestOf(4))
  for (let images = 1; images <= 1000; images++) {
    const most = Math.floor((99 * images) / 100)
    const expected = 100 * most >= 99 * images ? 4 : 8
    expect(durationAt({ 4: most, 8: images - most }, 0.99)).toBe(longestOf(expected))
  }
})

it('gives whole milliseconds in the bucket of the image, none for no images and none beyond the scale', () => {
  expect(durationAt({ [durationBucket(100)]: 1 }, 0.5)).toBe(107)
  expect(durationAt({}, 0.5)).toBeNull()
  expect(durationAt({ 3: 0 }, 0.5)).toBeNull()
  expect(durationAt({ [DURATION_BUCKETS - 1]: 1 }, 0.5)).toBeNull()
})

const days: fc.Arbitrary<DayFigures> = fc.record({
  cells: fc.dictionary(
    fc.constantFrom('web~jpeg~processed', 'web~jpeg~corrupt', 'kafka~png~processed'),
    fc.nat(9).map((images) => ({ ...NO_FIGURES, images: images + 1, bytesIn: images })),
  ),
  histogram: fc.dictionary(fc.constantFrom('1', '2'), fc.integer({ min: 1, max: 9 })),
})

it('what was added can be taken away again, to nothing at all', () => {
  fc.assert(
    fc.property(days, days, (a, b) => {
      expect(addDay(addDay(a, b), b, -1)).toEqual(a)
      expect(addDay(a, a, -1)).toEqual(NO_DAY)
    }),
  )
})

it('shares tell failed images from the others', () => {
  const cells = {
    'web~jpeg~processed': { ...NO_FIGURES, images: 2, bytesIn: 10, bytesOut: 3 },
    'kafka~pdf~unsupported-format': { ...NO_FIGURES, images: 1, bytesIn: 5 },
  }
  expect(shareOf({ cells })).toEqual([3, 1, 15, 3])
})

it('names are found whatever their case', () => {
  expect(nameKeyOf('Bo BIRCH')).toBe('bo birch')
})
