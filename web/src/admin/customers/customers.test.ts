import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { periodOf } from '../pieces/period.ts'
import { daysIn } from '../../pieces/months.ts'
import { monthsOf } from './figures.ts'
import { factsOf } from './image-facts.ts'
import {
  formatsDraft,
  formatsOf,
  formatsText,
  indented,
  profilesOf,
  quotaDraft,
  quotaOf,
  quotaText,
  sameFormats,
  sameQuota,
  withFormat,
} from './limits.ts'
import { failureShare, questionOf, rangeText, sortChanges } from './list.ts'

describe('the table of customers', () => {
  it('asks for what its address says, and for the last at work first where that is nothing', () => {
    const question = (address: string) => questionOf(new URLSearchParams(address))
    const standard = { search: '', order: 'lastActivityAt', descending: true }
    expect(question('')).toEqual(standard)
    expect(question('search=%20Ada%20&order=images&descending=yes')).toEqual({
      search: 'Ada',
      order: 'images',
      descending: true,
    })
    expect(question('order=nameKey')).toEqual({ search: '', order: 'nameKey', descending: false })
    expect(question('order=__proto__&descending=no')).toEqual(standard)
  })

  it('is sorted by a column whose heading is pressed, names from A, figures from the largest, and once more the other way round', () => {
    const now = { order: 'images', descending: true } as const
    expect(sortChanges(now, 'nameKey')).toEqual({ order: 'nameKey', descending: 'no' })
    expect(sortChanges(now, 'bytesIn')).toEqual({ order: 'bytesIn', descending: 'yes' })
    expect(sortChanges(now, 'images')).toEqual({ order: 'images', descending: 'no' })
    expect(sortChanges(now, 'share')).toEqual({})
  })

  it('says which customers it shows, and what share of their images failed', () => {
    expect([rangeText(0, 50), rangeText(1, 7), rangeText(0, 0)]).toEqual([
      'Customers 1 to 50',
      'Customers 51 to 57',
      'No customers',
    ])
    expect([failureShare({ images: 8, failed: 2 }), failureShare({ images: 0, failed: 0 })]).toEqual([0.25, null])
  })
})

describe('a customer’s figures', () => {
  const figures = { cells: {}, histogram: {}, asOf: new Date(0) }

  it('are read by month, those of the period before among them', () => {
    expect(monthsOf(periodOf(new URLSearchParams('days=30'), '2026-11-25'))).toEqual({ from: '2026-09', to: '2026-11' })
    expect(monthsOf(periodOf(new URLSearchParams('days=today'), '2026-01-01'))).toEqual({
      from: '2025-12',
      to: '2026-01',
    })
  })

  it('are those of the period’s days, its ends among them, in order', () => {
    const months = [
      { days: { '2026-10-31': figures, '2026-10-30': figures } },
      { days: { '2026-11-02': figures, '2026-11-01': figures, '2026-11-03': figures } },
    ]
    const dates = (from: string, to: string) => daysIn(months, { from, to }).map(({ date }) => date)
    expect(dates('2026-10-31', '2026-11-02')).toEqual(['2026-10-31', '2026-11-01', '2026-11-02'])
    expect(dates('2026-12-01', '2026-12-02')).toEqual([])
  })
})

describe('an image’s facts', () => {
  const record = {
    imageId: 'i',
    fileName: '<b>.jpg',
    state: 'processed',
    job: null,
    input: { format: 'gif', width: 24, height: 16, pages: 3 },
    raw: { bytes: 10 },
    error: null,
    counted: { format: 'gif', milliseconds: 30 },
    durations: { fetch: 5, admit: 1 },
    receivedAt: new Date(1),
    processedAt: new Date(2),
    availableUntil: new Date(3),
  } as unknown as ImageRecord<Date>

  it('are taken from its record', () => {
    expect(factsOf(record)).toEqual({
      imageId: 'i',
      fileName: '<b>.jpg',
      status: 'done',
      reason: null,
      format: 'GIF',
      dimensions: '24 × 16, 3 pages',
      bytes: 10,
      milliseconds: 30,
      steps: [
        ['fetch', 5],
        ['admit', 1],
      ],
      receivedAt: new Date(1),
      processedAt: new Date(2),
      availableUntil: new Date(3),
    })
  })

  it('leave out what nobody has seen of it', () => {
    const refused = { ...record, input: null, counted: { ...record.counted, format: 'unknown' } } as typeof record
    expect(factsOf(refused)).toMatchObject({ format: null, dimensions: null })
    const unread = { ...record, input: { ...record.input, format: 'text', width: 0 } } as typeof record
    expect(factsOf(unread)).toMatchObject({ format: 'text', dimensions: null })
    expect(factsOf({ ...record, counted: null })).toMatchObject({ milliseconds: null })
  })
})

describe('what a customer may send', () => {
  it('is a quota that comes back from its form as it was', () => {
    for (const quota of [null, { dailyImages: null }, { dailyImages: 0 }, { dailyImages: 12 }]) {
      expect(quotaOf(quotaDraft(quota))).toEqual({ quota })
    }
    for (const images of ['', '-1', '1.5', 'many', '1e3', '9'.repeat(16)]) {
      expect(quotaOf({ choice: 'own', images })).toEqual({ problem: 'Give a whole number of images a day, from 0.' })
    }
    expect(quotaOf({ choice: 'own', images: ' 7 ' })).toEqual({ quota: { dailyImages: 7 } })
    expect(sameQuota({ choice: 'default', images: '5' }, { choice: 'default', images: '' })).toBe(true)
    expect(sameQuota({ choice: 'own', images: '5' }, { choice: 'own', images: '6' })).toBe(false)
    expect(quotaText({ dailyImages: 1 })).toBe('At most 1 image a day.')
  })

  it('is formats, all or some or none, which come back from their form as they were', () => {
    for (const formats of [null, [], ['jpeg', 'webp']]) expect(formatsOf(formatsDraft(formats))).toEqual(formats)
    expect(withFormat(['webp', 'jpeg'], 'png', true)).toEqual(['jpeg', 'png', 'webp'])
    expect(withFormat(['webp', 'jpeg'], 'jpeg', false)).toEqual(['webp'])
    expect([formatsText(null), formatsText([]), formatsText(['jpeg', 'svg'])]).toEqual([
      'Every format that is processed.',
      'No images at all: no format is chosen.',
      'Only JPEG or SVG.',
    ])
    // Every format chosen is not the same as all: one that is added to the project is not in the list.
    expect(sameFormats(formatsDraft(null), { ...formatsDraft(null), choice: 'own' })).toBe(false)
  })

  it('is profiles as JSON: what is none is told before anything is sent', () => {
    expect(profilesOf('{"profiles":{}}')).toEqual({ profiles: { profiles: {} } })
    expect(profilesOf('{')).toEqual({ problem: expect.stringContaining('That is not JSON: ') as string })
    // To the server null means that there are to be none.
    expect(profilesOf('null')).toHaveProperty('problem')
    expect([indented('{"a":1}'), indented('no')]).toEqual(['{\n  "a": 1\n}', 'no'])
  })
})
