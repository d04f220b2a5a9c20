/** The customer's images as Firestore tells of them. */
import type { AcceptedFormat } from '../../../functions/src/contract/formats.ts'
import type { Source } from '../../../functions/src/contract/names.ts'
import type { ImageRecord } from '../../../functions/src/contract/record.ts'
import type { Listener, OnProblem, Stop } from '../backend.ts'

/** The part of a record that the page shows. */
export type GalleryRecord = Pick<
  ImageRecord<Date>,
  | 'imageId'
  | 'source'
  | 'fileName'
  | 'state'
  | 'job'
  | 'attempt'
  | 'raw'
  | 'input'
  | 'outputs'
  | 'findings'
  | 'error'
  | 'sameAs'
  | 'receivedAt'
  | 'processedAt'
  | 'availableUntil'
  | 'deletedAt'
>

/** Which images; what is absent does not matter. */
export interface ImageFilter {
  /** `deleted`: those alone; they are in no other list. */
  readonly state?: 'received' | 'processed' | 'failed' | 'deleted'
  readonly format?: AcceptedFormat
  readonly source?: Source
  /** Received at or after. */
  readonly from?: Date
  /** Received before. */
  readonly to?: Date
  /** As somebody types it: whole words or their beginnings, in any order. */
  readonly name?: string
}

/** A place in a list: lists are in the order of arrival, the newest first, and where two arrived at once by id. A record never moves. */
export type Place = Pick<GalleryRecord, 'receivedAt' | 'imageId'>

/** A part of a list. */
export interface Range {
  /** It begins below this place; null: at the top. */
  readonly after: Place | null
  /** It ends with this place; null: after `limit` records. */
  readonly until: Place | null
  /** Null only where it ends with a place. */
  readonly limit: number | null
}

/** What a list has in a range. */
export interface RangeRecords {
  /** Without those that were deleted or whose name does not match, so that there may be fewer than were asked for. */
  readonly records: readonly GalleryRecord[]
  /** The place of the last record that was read, shown or not; null: there was none. */
  readonly last: Place | null
  /** Whether as many were read as was asked for: then there may be more below. */
  readonly full: boolean
}

export interface Images {
  /** A part of the list, at once and after every change. */
  watchRange(
    customerId: string,
    filter: ImageFilter,
    range: Range,
    listener: Listener<RangeRecords>,
    onProblem: OnProblem,
  ): Stop
  /** One record; null: there is none. */
  watchOne(customerId: string, imageId: string, listener: Listener<GalleryRecord | null>, onProblem: OnProblem): Stop
  /** An object of the processed bucket, by the customer's own rights. Rejects with the SDK's error. */
  read(object: string): Promise<Blob>
}
