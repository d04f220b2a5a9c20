/** Limits that the web client, the security rules and the functions share. No imports. */

/** The largest file that may be uploaded, in bytes. storage.rules repeats it; a test holds them equal. */
export const MAX_UPLOAD_BYTES = 50 * 1024 * 1024

/** How many files a page takes on at a time: it keeps each of them until it has arrived. */
export const MAX_WAITING_UPLOADS = 2000

/** Findings of one image as UTF-8 JSON, in bytes (a Firestore document holds 1 MiB in all). */
export const MAX_FINDINGS_BYTES = 64 * 1024

/** RAW_DAYS where nobody sets it, by which the page says when an original goes. A test holds the setting equal. */
export const DEFAULT_RAW_DAYS = 14

/** Over how many values `exportShard` spreads: an index on a rising value alone would cap writes at 500 a second. */
export const EXPORT_SHARDS = 8
