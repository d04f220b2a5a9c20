/** The sentences that a customer reads when an image fails here: what was wrong and what can be done. */
import { formatRefusal } from '../contract/checks.ts'
import { FORMAT_NAMES, type Format } from '../contract/formats.ts'
import type { ErrorCode, ImageError } from '../contract/outcomes.ts'

const number = (value: number) => value.toLocaleString('en-GB')
const mebibytes = (bytes: number) => `${number(Math.ceil((bytes / 2 ** 20) * 10) / 10)} MiB`

export const emptyFile = (): ImageError => ({
  code: 'empty',
  message: 'The file is empty (0 bytes). Check that it opens on your device and send it again.',
})

/** `own`: the only formats that the customer may send, where it has such a list. */
export const unsupportedFormat = (format: Format, own: readonly Format[] | null): ImageError => ({
  code: 'unsupported-format',
  message: formatRefusal(format, 'not processed', own),
})

/** One that is processed, but not for this customer. */
export const formatNotTaken = (format: Format, own: readonly Format[]): ImageError => ({
  code: 'unsupported-format',
  message: formatRefusal(format, 'not taken for this account', own),
})

export const tooManyBytes = (bytes: number, limit: number): ImageError => ({
  code: 'too-large',
  message: `The file has ${mebibytes(bytes)} (${number(bytes)} bytes); the limit is ${mebibytes(limit)} (${number(limit)} bytes).`,
})

export const tooManyPixels = (
  declared: { readonly width: number; readonly height: number; readonly pages: number },
  limit: number,
): ImageError => ({
  code: 'too-large',
  message: `The image declares ${sizeText(declared)} = ${number(declared.width * declared.height * declared.pages)} pixels; the limit is ${number(limit)} pixels.`,
})

export const tooMuchMemory = (
  declared: { readonly width: number; readonly height: number; readonly pages: number },
  needed: number,
  limit: number,
): ImageError => ({
  code: 'too-large',
  message: `The image (${sizeText(declared)}) would need ${mebibytes(needed)} of memory when decoded; the limit is ${mebibytes(limit)}. Send it with fewer pixels or with 8 bits per colour.`,
})

export const tooLong = (declared: { readonly width: number; readonly height: number }, limit: number): ImageError => ({
  code: 'too-large',
  message: `The image declares ${number(declared.width)} x ${number(declared.height)} pixels; the limit is ${number(limit)} pixels a side.`,
})

export const tooManyPages = (pages: number, limit: number): ImageError => ({
  code: 'too-large',
  message: `The image has ${number(pages)} pages or frames; the limit is ${number(limit)}.`,
})

export const tooLargeBlock = (what: string, bytes: number, limit: number): ImageError => ({
  code: 'too-large',
  message: `The image's ${what} has ${mebibytes(bytes)}; the limit is ${mebibytes(limit)}. Save the image without it and send it again.`,
})

export const externalSvg = (what: string): ImageError => ({
  code: 'unsupported-format',
  message: `The file is an SVG drawing with ${what}, which is not processed. Save it with shapes and text alone, or as a PNG, and send it again.`,
})

const sizeText = (size: { readonly width: number; readonly height: number; readonly pages: number }) =>
  `${number(size.width)} x ${number(size.height)}${size.pages === 1 ? '' : ` pixels on ${number(size.pages)} pages`}`

export const corruptFile = (format: Format): ImageError => ({
  code: 'corrupt',
  message: `The file begins as ${FORMAT_NAMES[format]}, but its data is damaged or incomplete. Save it anew and send it again.`,
})

export const processorTimeout = (processor: string, milliseconds: number): ImageError => ({
  code: 'processor-timeout',
  message: `The step "${processor}" took longer than its limit of ${number(milliseconds / 1000)} s on this image.`,
  processor,
})

export const processorFailed = (processor: string): ImageError => ({
  code: 'processor-failed',
  message: `The step "${processor}" failed on this image. The cause is recorded in the service's log.`,
  processor,
})

/** An outcome on its way up through code that is not concerned with it. Never leaves this folder. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly error: ImageError
  constructor(error: ImageError, options?: { readonly cause?: unknown }) {
    super(error.message, options)
    this.error = error
  }
  get code(): ErrorCode {
    return this.error.code
  }
}
