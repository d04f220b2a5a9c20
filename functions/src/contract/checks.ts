/** What a client finds out about a file before it sends it. Shared with the web client. */
import { ACCEPTED_FORMATS, FORMAT_NAMES, formatList, isAccepted, sniffFormat, type Format } from './formats.ts'
import { MAX_UPLOAD_BYTES } from './limits.ts'
import { fileNameProblem } from './names.ts'

export interface ChosenFile {
  /** Without a path. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** Its first bytes: SNIFF_BYTES of them are enough. */
  readonly head: Uint8Array
}

const mebibytes = (bytes: number) => `${(Math.ceil((bytes / 2 ** 20) * 10) / 10).toLocaleString('en-GB')} MiB`

/**
 * Why a file is not worth sending, for a page to say it in its own words: its name can't be part of an object's; it is empty; it is larger than
 * `limit` bytes; its format is not processed, or not taken for this account, which takes `instead`; more than `limit` files are waiting already; it
 * can't be read, such as a folder.
 */
export type CheckProblem =
  | { readonly code: 'name' | 'empty' | 'unreadable' }
  | { readonly code: 'too-large'; readonly bytes: number; readonly limit: number }
  | { readonly code: 'format' | 'own-format'; readonly format: Format; readonly instead: readonly Format[] }
  | { readonly code: 'too-many'; readonly limit: number }

/**
 * Null, or the reason for which a file is not worth sending; `reason` says it as a sentence. A courtesy to the customer, who learns at once what
 * would fail later: the rules and the pipeline decide, and rest on none of this. So it refuses only what it can be sure of
 * (docs/decisions/client-checks.md). `own`: the only formats that the customer may send, where it has such a list.
 */
export function checkFile(
  { name, size, head }: ChosenFile,
  own: readonly Format[] | null = null,
): { readonly reason: string; readonly problem: CheckProblem } | null {
  const nameProblem = fileNameProblem(name)
  if (nameProblem !== null) {
    return { reason: `The file can't be sent under this name: ${nameProblem}.`, problem: { code: 'name' } }
  }
  if (size === 0) return { reason: 'The file is empty (0 bytes).', problem: { code: 'empty' } }
  if (size > MAX_UPLOAD_BYTES) {
    return {
      reason: `The file has ${mebibytes(size)}; the limit is ${mebibytes(MAX_UPLOAD_BYTES)}.`,
      problem: { code: 'too-large', bytes: size, limit: MAX_UPLOAD_BYTES },
    }
  }
  const format = sniffFormat(head)
  const taken = own?.filter(isAccepted) ?? null
  const instead = taken ?? ACCEPTED_FORMATS
  if (!isAccepted(format)) {
    return { reason: formatRefusal(format, 'not processed', taken), problem: { code: 'format', format, instead } }
  }
  if (taken?.includes(format) !== false) return null
  return {
    reason: formatRefusal(format, 'not taken for this account', taken),
    problem: { code: 'own-format', format, instead },
  }
}

/** What the pipeline says as well. `own`: as {@link checkFile} has it. */
export function formatRefusal(
  format: Format,
  why: 'not processed' | 'not taken for this account',
  own: readonly Format[] | null,
): string {
  const instead =
    own?.length === 0
      ? 'This account may send no images at present.'
      : `Send it as ${formatList(own ?? ACCEPTED_FORMATS)}.`
  return `The file is ${FORMAT_NAMES[format]}, which is ${why}. ${instead}`
}

/** The media type to send a file under: that of its bytes, since a browser goes by the name's ending alone. */
export function mediaTypeOf(head: Uint8Array): string {
  const format = sniffFormat(head)
  return isAccepted(format) ? `image/${format}` : 'application/octet-stream'
}
