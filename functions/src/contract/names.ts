/**
 * The names of customers, objects and images. Shared with the web client: no imports.
 *
 * A raw object is called `{source}/{customerId}/{uploadId}/{fileName}`; the image it holds is identified by a hash of that
 * name alone, never of an event or a generation, so that a redelivered event, a repeated Kafka record and a rewritten
 * object are all the same image.
 */
export const SOURCES = ['web', 'kafka'] as const
export type Source = (typeof SOURCES)[number]

/** No source is a customer's id: its results would have raw objects' names, and copied into the raw bucket they would be processed for ever. */
export const CUSTOMER_ID = /^(?!(?:web|kafka)$)[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/
/** The customer of `npm run deploy`'s smoke test: in no view of the business. */
export const SMOKE_CUSTOMER = 'smoke-test'
/** Long enough for Kafka's `{topic}-{partition}-{offset}-{timestamp}` with a topic of 249 characters. */
export const UPLOAD_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,299}$/
/** In UTF-16 units, as a browser counts them. */
export const MAX_FILE_NAME_LENGTH = 255
/** Cloud Storage: an object's name is at most 1024 bytes of UTF-8. https://cloud.google.com/storage/docs/objects#naming */
export const MAX_OBJECT_NAME_BYTES = 1024

export interface RawName {
  readonly source: Source
  readonly customerId: string
  readonly uploadId: string
  readonly fileName: string
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const FORBIDDEN_IN_FILE_NAME = /[\u0000-\u001f\u007f/]/

/** Says why a file name can't be part of an object's name, or null where it can. */
export function fileNameProblem(fileName: string): string | null {
  if (fileName === '') return 'the file name is empty'
  if (fileName.length > MAX_FILE_NAME_LENGTH) return `the file name is longer than ${MAX_FILE_NAME_LENGTH} characters`
  if (FORBIDDEN_IN_FILE_NAME.test(fileName)) return 'the file name has a slash or a control character'
  if (!fileName.isWellFormed()) return 'the file name is not valid Unicode'
  return null
}

/** Takes an object's name apart; `problem` says why it isn't an image's name. Never throws: folder markers end here too. */
export function parseRawName(name: string): RawName | { readonly problem: string } {
  const parts = name.split('/')
  if (parts.length !== 4) return { problem: 'expected {source}/{customerId}/{uploadId}/{fileName}' }
  const [source, customerId, uploadId, fileName] = parts as [string, string, string, string]
  if (!SOURCES.includes(source as Source)) return { problem: `the source is neither ${SOURCES.join(' nor ')}` }
  if (!CUSTOMER_ID.test(customerId)) return { problem: `the customer id does not match ${CUSTOMER_ID.source}` }
  if (!UPLOAD_ID.test(uploadId)) return { problem: `the upload id does not match ${UPLOAD_ID.source}` }
  const problem = fileNameProblem(fileName)
  if (problem !== null) return { problem }
  return { source: source as Source, customerId, uploadId, fileName }
}

/** The inverse of {@link parseRawName}. Throws a RangeError naming the part that is invalid. */
export function rawName(parts: RawName): string {
  const name = `${parts.source}/${parts.customerId}/${parts.uploadId}/${parts.fileName}`
  const parsed = parseRawName(name)
  if ('problem' in parsed) throw new RangeError(`cannot name a raw object: ${parsed.problem}`)
  if (new TextEncoder().encode(name).length > MAX_OBJECT_NAME_BYTES) {
    throw new RangeError(`cannot name a raw object: the name is longer than ${MAX_OBJECT_NAME_BYTES} bytes`)
  }
  return name
}

/** The image's id: the first 160 bits of SHA-256 over the raw object's name, in 40 hexadecimal digits. */
export async function imageIdOf(rawObjectName: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(rawObjectName))
  return Array.from(new Uint8Array(digest, 0, 20), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The trace of an image's log lines, and of its row in BigQuery: known from its name alone, like its id. W3C: 32 hexadecimal digits. */
export const traceIdOf = (imageId: string) => imageId.slice(0, 32)

/** A result's name in the processed bucket. The attempt is part of it, so that two attempts never mix bytes. */
export function processedName(
  image: { readonly customerId: string; readonly imageId: string },
  attempt: number,
  output: string,
  extension: string,
): string {
  return `${image.customerId}/${image.imageId}/${attempt}/${output}.${extension}`
}

/** Firestore paths of one customer's documents. */
export const customerPath = (customerId: string) => `customers/${customerId}`
export const imagePath = (customerId: string, imageId: string) => `customers/${customerId}/images/${imageId}`
export const statsPath = (customerId: string, date: string, shard: number) =>
  `customers/${customerId}/stats/${date}~${shard}`
/** Which of a customer's images had a content first. */
export const contentPath = (customerId: string, sha256: string) => `customers/${customerId}/contents/${sha256}`
/** A customer's own profiles. */
export const profilesPath = (customerId: string) => `profiles/${customerId}`
/** The content of a profile that jobs are pinned to. */
export const profileVersionPath = (version: string) => `profileVersions/${version}`
/**
 * What says that a customer's data was deleted, for ever: nothing of it is taken in any more. The name is a hash (hexadecimal SHA-256 of the customer's id), since the
 * id may itself be personal data.
 */
export const erasurePath = (customerHash: string) => `erasures/${customerHash}`
/** What reconcile's last run found. */
export const RECONCILED_PATH = 'reconciliations/last'
/** How far reconcile has swept the raw bucket. */
export const SWEEP_PATH = 'reconciliations/sweep'
/** What recount's last run found; below it stand `days` (to be recounted), `repairs` (traces) and `repaired` (how often). */
export const RECOUNT_PATH = 'reconciliations/recount'
/** How far recount has followed the counters' changes. */
export const RECOUNT_CURSOR_PATH = 'reconciliations/recount-cursor'
/** The reporting time zone: fixed with the first record. */
export const REPORTING_PATH = 'settings/reporting'
/** What an operator has switched: see intake/pause.ts. */
export const PAUSE_PATH = 'controls/pause'
/** What one customer may send, where that is not what all may: see intake/own-limits.ts. The customer may read it. */
export const quotaPath = (customerId: string) => `quotas/${customerId}`
/** Who changed it last: apart from it, since that is not for the customer to know. */
export const quotaChangePath = (customerId: string) => `quotas/${customerId}/changes/last`
