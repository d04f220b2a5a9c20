import type { ExpandedTags } from 'exifreader'
import * as v from 'valibot'
import { defineProcessor } from '../processor.ts'
import { readExif } from '../sharp.ts'

/** What is kept of a text, which may be anything: cameras' names are short. */
const MAX_TEXT = 100

/**
 * What the EXIF block says of how a photo was taken: camera, lens, time and exposure. The position only where a setting says so; all else is
 * dropped, and none of it ever gets into an output. A block that can't be read says nothing, since many a camera writes a bad one.
 */
export const metadata = defineProcessor({
  name: 'metadata',
  version: 1,
  settings: v.strictObject({
    /** Whether to keep latitude, longitude and altitude: they say where a customer lives. */
    position: v.optional(v.boolean(), false),
  }),
  budget: { milliseconds: 5000, memoryBytes: () => 16 * 2 ** 20 },
  async run(image, { position }) {
    const exif = await readExif(image.bytes)
    const tags = exif === null ? null : await tagsOf(exif)
    return tags === null
      ? {}
      : { findings: withoutEmpty({ ...photo(tags), ...(position && { position: place(tags) }) }) }
  },
})

/** Loaded with the first image that has such a block. */
async function tagsOf(exif: Uint8Array): Promise<ExpandedTags | null> {
  const { default: ExifReader } = await import('exifreader')
  const tiff = Buffer.from(exif)
  try {
    return ExifReader.load(tiff.toString('latin1', 0, 6) === 'Exif\0\0' ? tiff.subarray(6) : tiff, { expanded: true })
  } catch {
    return null
  }
}

function photo({ exif = {} }: ExpandedTags) {
  return {
    camera: withoutEmpty({ make: text(exif.Make), model: text(exif.Model) }),
    lens: text(exif.LensModel),
    /** By the camera's clock, in its own zone; with the offset where the camera wrote one. */
    takenAt: time(text(exif.DateTimeOriginal), text(exif.OffsetTimeOriginal)),
    exposure: withoutEmpty({
      seconds: number(exif.ExposureTime),
      fNumber: number(exif.FNumber),
      iso: number(exif.ISOSpeedRatings),
      focalLengthMm: number(exif.FocalLength),
    }),
  }
}

/** Degrees and metres. */
function place({ gps }: ExpandedTags) {
  const { Latitude: latitude, Longitude: longitude, Altitude: altitude } = gps ?? {}
  const isOnEarth = Math.abs(latitude ?? NaN) <= 90 && Math.abs(longitude ?? NaN) <= 180
  return isOnEarth ? withoutEmpty({ latitude, longitude, altitude: finite(altitude) }) : undefined
}

interface Tag {
  readonly value?: unknown
  readonly description?: string
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what is dropped
const CONTROL = /[\u0000-\u001f\u007f]+/g

function text(tag: Tag | undefined): string | undefined {
  const value: unknown = Array.isArray(tag?.value) ? tag.value[0] : tag?.value
  if (typeof value !== 'string') return undefined
  return value.toWellFormed().replace(CONTROL, ' ').trim().slice(0, MAX_TEXT).toWellFormed() || undefined
}

/** A rational, a number, or the first of several. */
function number(tag: Tag | undefined): number | undefined {
  const value: unknown = tag?.value
  if (!Array.isArray(value)) return finite(value)
  const [first, second] = value as unknown[]
  if (Array.isArray(first)) return number({ value: first })
  return typeof second === 'number' && typeof first === 'number' ? finite(first / second) : finite(first)
}

const finite = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)

/** `2024:05:31 18:20:00` and `+02:00`, as EXIF 2.32, 4.6.5 has them, as ISO 8601. */
function time(taken: string | undefined, offset: string | undefined): string | undefined {
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(taken ?? '')
  if (parts === null) return undefined
  const [, year, month, day, clock] = parts
  return `${year}-${month}-${day}T${clock}${/^[+-]\d\d:\d\d$/.test(offset ?? '') ? offset : ''}`
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}
