import type { Format } from '../contract/formats.ts'
import type { InputFacts } from '../contract/record.ts'

/**
 * A processor is one step of processing code: a plain object of data and one function, in a file of its own in processors/,
 * named in the list of profile.ts. See README.md, "Add a processor".
 */
export interface Processor {
  /** Unique; letters, digits and dashes. Stands in records, logs and errors. */
  readonly name: string
  /** Raise it with any change that changes results: the profile's version is derived from it. */
  readonly version: number
  /** Values that change results; part of the profile's version. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Milliseconds after which the image fails with `processor-timeout`. */
  readonly deadlineMs: number
  run(image: DecodedImage, signal: AbortSignal): Promise<Yield>
}

/**
 * Thrown by a processor where something that it needs can't be reached: no fault of the image, which is tried again later. Whatever
 * else a processor throws fails the image.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

export interface Yield {
  readonly outputs?: readonly OutputDraft[]
  /** JSON values, stored in the record under the processor's name. */
  readonly findings?: Readonly<Record<string, unknown>>
}

export interface OutputDraft {
  /** Unique within the image; letters, digits and dashes: becomes the object's name. */
  readonly name: string
  readonly extension: string
  readonly contentType: string
  readonly bytes: Uint8Array
  readonly width: number | null
  readonly height: number | null
}

/** 8-bit sRGB samples of one page, rows from the top, upright (EXIF orientation applied), channels interleaved. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** 3 is RGB; 4 is RGB with straight (not premultiplied) alpha. */
  readonly channels: 3 | 4
}

/** What every processor is given: the file decoded once, and the file itself. */
export interface DecodedImage {
  readonly format: Format
  readonly facts: InputFacts
  /** The original file. */
  readonly bytes: Uint8Array
  /** The first page, fitted inside `maxEdge` (default: the profile's largest) without enlargement. Each size is made once. */
  pixels(maxEdge?: number): Promise<Pixels>
}
