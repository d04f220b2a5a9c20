/** The contract between processing code and the engine. How to add a processor: README.md. */
import type { GenericSchema, InferOutput } from 'valibot'
import type { Format } from '../contract/formats.ts'
import type { InputFacts } from '../contract/record.ts'

/**
 * A processor is one step of processing code: data and one function, in a file of its own in processors/, made by
 * {@link defineProcessor} and named in profiles.ts.
 */
export interface Processor<Settings = unknown> {
  /** Unique; lower-case letters, digits and dashes. Stands in profiles, records, logs and errors. */
  readonly name: string
  /** Raise it with any change that changes results: the profile's version is derived from it. */
  readonly version: number
  /** What may be set, with a default for all that need not be. Values that change results; part of the profile's version. */
  readonly settings: GenericSchema<unknown, Settings>
  readonly budget: {
    /** Milliseconds after which the image fails with `processor-timeout`. Native work is stopped within a second of it. */
    readonly milliseconds: number
    /**
     * Most bytes of memory that a run takes beside the pixels it asks for. An image for which the profile would need more than the function
     * has is refused before it is decoded. 0 where it is left out.
     */
    memoryBytes?(settings: Settings, facts: InputFacts): number
  }
  /** What it will ask of the image. Left out: the file's bytes alone. */
  needs?(settings: Settings, facts: InputFacts): Needs
  /** Whether it may yield `draw`, which changes the pixels that the steps after it see. */
  readonly changesPixels?: boolean
  /** The same image and settings must give the same bytes. Throws {@link Unavailable} for what may work later. */
  run(image: DecodedImage, settings: Settings, signal: AbortSignal): Promise<Yield>
}

/** Sizes are longer edges in pixels; more than the image has means the image's own. */
export interface Needs {
  /** Sizes at which `pixels()` will be called. The image is decoded once for all processors, at the largest of all. */
  readonly sizes?: readonly number[]
  /** Sizes at which `animation()` will be called; of no account where the file is no animation. */
  readonly frames?: readonly number[]
}

/** Gives a processor back as it is: the compiler knows its settings from their schema, and its name. */
export function defineProcessor<const Name extends string, Schema extends GenericSchema>(
  processor: Processor<InferOutput<Schema>> & { readonly name: Name; readonly settings: Schema },
): typeof processor {
  return processor
}

/**
 * Thrown by a processor where something that it needs can't be reached: no fault of the image, which is tried again later. Whatever
 * else a processor throws fails the image.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** All of it is checked before any of it is stored: {@link checkedOutputs}, {@link checkedFindings}. */
export interface Yield {
  readonly outputs?: readonly OutputDraft[]
  /** JSON values, stored in the record under the processor's name. */
  readonly findings?: Readonly<Record<string, unknown>>
  /**
   * What the steps after this one see of a page: pixels of the same size. Called with the largest size, from which the smaller are
   * made anew, and with each frame of an animation.
   */
  readonly draw?: (page: Pixels) => Promise<Pixels>
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

/** The frames of a GIF or WebP, one below the other. */
export interface Animation {
  /** As high as all frames together. */
  readonly strip: Pixels
  /** Pixels of one frame. */
  readonly frameHeight: number
  /** Milliseconds for each frame, at least 20: browsers show a shorter one for longer. */
  readonly delays: readonly number[]
  /** How often it plays; 0 is for ever. */
  readonly loop: number
}

/** What every processor is given: the file decoded once, and the file itself. */
export interface DecodedImage {
  readonly format: Format
  readonly facts: InputFacts
  /** The original file. */
  readonly bytes: Uint8Array
  /**
   * The first page, fitted inside a square of `edge` pixels without enlargement. `edge` is one of the sizes it needs. Each is made once
   * for all processors: do not write into it.
   */
  pixels(edge: number): Promise<Pixels>
  /** All frames likewise, by the processor's `frames`; null where the file is no animation. */
  animation(edge: number): Promise<Animation | null>
}
