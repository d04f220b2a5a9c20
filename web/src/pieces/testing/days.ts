/** Days of rollups for tests. */
import type { Figures } from '../../../../functions/src/contract/record.ts'
import type { DayFigures } from '../../../../functions/src/contract/totals.ts'
import { datesIn } from '../days.ts'

export const figures = (images: number): Figures => ({
  images,
  reprocessed: images * 2,
  bytesIn: images * 1000,
  bytesOut: images * 10,
  pixels: images * 1e6,
  milliseconds: images * 100,
})
export const day = (
  date: string,
  cells: Readonly<Record<string, number>>,
  histogram: DayFigures['histogram'] = {},
) => ({
  date,
  cells: Object.fromEntries(Object.entries(cells).map(([key, images]) => [key, figures(images)])),
  histogram,
})
export const DAYS = [
  day('2026-11-01', { 'web~jpeg~processed': 10, 'web~jpeg~corrupt': 2, 'kafka~png~processed': 5 }, { 20: 15 }),
  day(
    '2026-11-03',
    { 'web~webp~processed': 1, 'web~unknown~unsupported-format': 4, 'kafka~jpeg~corrupt': 3 },
    { 40: 1 },
  ),
]
export const DATES = datesIn({ from: '2026-11-01', to: '2026-11-03' })
