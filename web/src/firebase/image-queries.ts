/** How parts of the list of images are asked for. The indexes are in firestore.indexes.json. */
import {
  type CollectionReference,
  documentId,
  endAt,
  limit,
  orderBy,
  query,
  type QueryConstraint,
  startAfter,
  where,
} from 'firebase/firestore'
import { nameSearchOf } from '../../../functions/src/contract/customer.ts'
import type { GalleryRecord, ImageFilter, Range, RangeRecords } from '../gallery/images.ts'

/** Deleted ones are found by when they were deleted, which the others have not: their list is in that order, whole. */
const DELETED_SHOWN = 200

export function rangeQuery(images: CollectionReference, filter: ImageFilter, { after, until, limit: count }: Range) {
  if (filter.state === 'deleted') {
    return query(images, where('deletedAt', '>', new Date(0)), orderBy('deletedAt', 'desc'), limit(DELETED_SHOWN))
  }
  const { state, format, source, from, to, name } = filter
  const part = name === undefined ? undefined : nameSearchOf(name)?.part
  const constraints: (QueryConstraint | null)[] = [
    state === undefined ? null : where('state', '==', state),
    format === undefined ? null : where('input.format', '==', format),
    source === undefined ? null : where('source', '==', source),
    part === undefined ? null : where('nameParts', 'array-contains', part),
    from === undefined ? null : where('receivedAt', '>=', from),
    to === undefined ? null : where('receivedAt', '<', to),
    orderBy('receivedAt', 'desc'),
    orderBy(documentId(), 'desc'),
    after === null ? null : startAfter(after.receivedAt, after.imageId),
    until === null ? null : endAt(until.receivedAt, until.imageId),
    count === null ? null : limit(count),
  ]
  return query(images, ...constraints.filter((constraint) => constraint !== null))
}

/** What the list shows of what was read. */
export function rangeOf(read: readonly GalleryRecord[], filter: ImageFilter, range: Range): RangeRecords {
  const search = filter.name === undefined ? null : nameSearchOf(filter.name)
  const last = read.at(-1)
  const deleted = filter.state === 'deleted'
  const records = read.filter(
    (record) =>
      ((record.deletedAt ?? null) !== null) === deleted &&
      (!deleted || isLike(record, filter)) &&
      (search?.matches(record.fileName) ?? true),
  )
  return {
    records,
    last: last === undefined ? null : { receivedAt: last.receivedAt, imageId: last.imageId },
    full: !deleted && range.limit !== null && read.length >= range.limit,
  }
}

/** What the query of deleted ones does not ask for. */
const isLike = ({ input, source, receivedAt }: GalleryRecord, { format, source: from, ...filter }: ImageFilter) =>
  (format === undefined || input?.format === format) &&
  (from === undefined || source === from) &&
  (filter.from === undefined || receivedAt >= filter.from) &&
  (filter.to === undefined || receivedAt < filter.to)
