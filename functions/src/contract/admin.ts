/**
 * What the admin's page may ask of the functions. Shared with the web client. No imports but from this folder.
 *
 * Each is a callable function that checks the claim `admin` and `admins/{uid}`, validates its input, and keeps what changes something in
 * `audit/`. A refusal has one of Firebase's codes (`permission-denied`, `invalid-argument`, `failed-precondition`) and a sentence fit to show.
 */
import type { Format } from './formats.ts'
import type { ErrorCode } from './outcomes.ts'

export const adminPath = (uid: string) => `admins/${uid}`

/** A customer's own rules; null takes them away, so that everyone's hold again. */
export type SettingsRequest =
  | {
      readonly action: 'quota'
      readonly customerId: string
      readonly quota: { readonly dailyImages: number | null } | null
    }
  | { readonly action: 'formats'; readonly customerId: string; readonly formats: readonly Format[] | null }
  /** `profiles`: as in a profile's JSON file. */
  | { readonly action: 'profiles'; readonly customerId: string; readonly profiles: unknown }
  | { readonly action: 'pause'; readonly reason: string }
  | { readonly action: 'resume' }

/**
 * Failed images: one, a selection, or all that match. Days are inclusive, YYYY-MM-DD, by arrival.
 *
 * They are found by `error.code`, which no other image has. An index of `state` would hold every image in the order of arrival, and so cap all
 * of them at 500 writes a second (limits.ts).
 */
export interface FailureFilter {
  readonly customerId?: string
  readonly reason?: ErrorCode
  readonly source?: 'web' | 'kafka'
  readonly from?: string
  readonly to?: string
}
export interface ReplayRequest {
  readonly images: readonly { readonly customerId: string; readonly imageId: string }[] | FailureFilter
  /** False: only counts what would be done. */
  readonly start: boolean
  /** Where an earlier answer had `more`: go on from there. */
  readonly after?: string
  /** Known to the caller beforehand, so that it can follow `audit/{operation}` while it waits. {@link OPERATION_ID} */
  readonly operation: string
}
/** What replay does with a failed image: try it again, or not, since its original has expired, it is being tried already, or its owner deleted it. */
export type ReplayFate = 'replayable' | 'rawExpired' | 'busy' | 'deleted'
/** Of this call: what earlier ones of the same replay did is not in it. */
export interface ReplayAnswer extends Readonly<Record<ReplayFate, number>> {
  readonly matching: number
  /** Not null: time was up; call again with it as `after`. */
  readonly more: string | null
  /** Where images were named: by their ids. One that is not failed any more is not there. */
  readonly fates?: Readonly<Record<string, ReplayFate>>
}

/** Why a record became a dead letter: as bridge/refusals.ts says, which a test holds equal; `not-ours`: somebody else wrote it. */
export const LETTER_REASONS = [
  'no-specversion',
  'unsupported-specversion',
  'invalid-structured',
  'invalid-header',
  'no-customer',
  'invalid-customer',
  'invalid-id',
  'invalid-source',
  'empty',
  'too-large',
  'not-an-image',
  'invalid-dataref',
  'dataref-not-allowed',
  'dataref-not-found',
  'id-conflict',
  'not-ours',
] as const

export interface LetterFilter {
  /** One of {@link LETTER_REASONS}. */
  readonly reason?: string
  readonly customer?: string
  readonly from?: string
  readonly to?: string
  readonly at?: { readonly partition: number; readonly offset: number }
}
export type LettersRequest =
  | { readonly action: 'list'; readonly filter: LetterFilter; readonly limit: number }
  | { readonly action: 'replay'; readonly filter: LetterFilter; readonly start: boolean; readonly operation: string }
export interface Letter {
  readonly partition: number
  readonly offset: number
  readonly reason: string
  readonly detail: string | null
  /** Where the record stood: `{topic}/{partition}/{offset}`; empty where somebody else wrote the letter. */
  readonly origin: string
  readonly customer: string | null
  readonly fileName: string | null
  readonly bytes: number
  /** ISO 8601; empty where what the record says is no time. */
  readonly at: string
  /** Null: never replayed. */
  readonly replayed: { readonly at: string; readonly by: string } | null
}
/** How many letters become what in a replay. */
export interface LetterFates {
  /** Can be replayed; or, after a start, were. */
  readonly replayable: number
  /** Were replayed before. */
  readonly already: number
  /** Their bytes are not there. */
  readonly leftOut: number
  /** Another record has taken their id, and always will have. */
  readonly idConflict: number
  /** Somebody else wrote them. */
  readonly notOurs: number
  /** They say that they come from another topic. */
  readonly otherTopic: number
  /** Only after a start: the topic takes none of that size. */
  readonly tooLarge: number
}
export type LettersAnswer =
  /** The newest first. `more`: so many more match. `complete`: false where time was up before all were read, so that newer ones may be missing. */
  | { readonly action: 'list'; readonly letters: readonly Letter[]; readonly more: number; readonly complete: boolean }
  /** `complete`: false where time was up; call again, and it goes on with those that were not sent. */
  | ({ readonly action: 'replay'; readonly matching: number; readonly complete: boolean } & LetterFates)
  /** There is no Kafka in this installation. */
  | { readonly action: 'none' }

export interface ExportRequest {
  readonly operation: string
}
export interface ExportAnswer {
  readonly rows: number
  /** Another export was at work: it moves the rows. */
  readonly busy: boolean
}

export type HealthRequest =
  /** Counts days anew and writes `counts/{date}`; at most {@link MAX_COUNTED_DAYS}. */
  | { readonly action: 'count'; readonly from: string; readonly to: string; readonly operation: string }
  | { readonly action: 'retention' }
export const MAX_COUNTED_DAYS = 92

/** What a bucket does with its objects, as set by settings and as Cloud Storage itself says. */
export interface BucketRetention {
  readonly bucket: string
  /** Seconds during which nobody can delete or overwrite; null: no policy. */
  readonly policySeconds: number | null
  readonly locked: boolean
  /** Age in days at which the lifecycle deletes; null: never. */
  readonly deletedAtDays: number | null
  /** Null: off. */
  readonly softDeleteSeconds: number | null
}
export interface RetentionAnswer {
  /** RETENTION_DAYS and RAW_DAYS. */
  readonly configured: { readonly retentionDays: number; readonly rawDays: number }
  readonly raw: BucketRetention
  readonly processed: BucketRetention
  /** Sentences; empty: it is as configured. */
  readonly problems: readonly string[]
  /** The emulator has neither policies nor lifecycles: there is nothing to verify. */
  readonly emulated: boolean
  /** ISO 8601. */
  readonly verifiedAt: string
}

export type HealthAnswer =
  | { readonly action: 'count'; readonly days: number; readonly differing: number }
  | ({ readonly action: 'retention' } & RetentionAnswer)

/** By the callable's name: what it takes and gives. */
export interface AdminCalls {
  readonly adminSettings: readonly [request: SettingsRequest, answer: Readonly<Record<string, never>>]
  readonly adminReplay: readonly [request: ReplayRequest, answer: ReplayAnswer]
  readonly adminLetters: readonly [request: LettersRequest, answer: LettersAnswer]
  readonly adminExport: readonly [request: ExportRequest, answer: ExportAnswer]
  readonly adminHealth: readonly [request: HealthRequest, answer: HealthAnswer]
}
export type AdminCall = keyof AdminCalls
export const ADMIN_CALLS = [
  'adminSettings',
  'adminReplay',
  'adminLetters',
  'adminExport',
  'adminHealth',
] as const satisfies readonly AdminCall[]

/** A name under `audit/` that a caller makes: `{ISO time}~{random}`. */
export const OPERATION_ID = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z~[0-9a-f]{8,32}$/

export const auditPath = (operation: string) => `audit/${operation}`

/** `audit/{operation}`: who changed what, and how it ended. */
export interface AuditEntry<Time> {
  /** An e-mail address, or whoever says to have called a command; Google's own audit logs have the proof. */
  readonly by: string
  /** Of the admin's page: the user; null: a command. */
  readonly uid?: string | null
  readonly command: string
  readonly arguments: readonly string[]
  readonly at: Time
  /** One that stays `started` was broken off, and may have done a part. */
  readonly state: 'started' | 'done' | 'failed'
  /** The exit code; null where it ended otherwise. */
  readonly result: number | null
  readonly error: string | null
  /** How far it has got, such as `{ matching: 1200 }`. */
  readonly progress?: Readonly<Record<string, number>> | null
  readonly endedAt: Time | null
  readonly expireAt: Time
}
