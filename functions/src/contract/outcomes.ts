/** What can become of an image. Shared with the web client: no imports. */

export const ERROR_CODES = [
  'empty',
  'unsupported-format',
  'too-large',
  'corrupt',
  'quota-exceeded',
  'processor-timeout',
  'processor-failed',
  'attempts-exhausted',
  'object-gone',
  'record-rejected',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** The outcome by which images are counted: `processed`, or the reason for which it failed. */
export type Outcome = 'processed' | ErrorCode

export interface ImageError {
  readonly code: ErrorCode
  /** One sentence fit for the customer: what was wrong and what can be done. Never an internal detail. */
  readonly message: string
  /** The processor that failed, where one did. */
  readonly processor?: string
}
