import { initializeApp } from 'firebase/app'
import {
  collection,
  documentId,
  endAt,
  getFirestore,
  limit,
  orderBy,
  query,
  queryEqual,
  startAfter,
  where,
} from 'firebase/firestore'
import type { ImageFilter, Range } from '../gallery/images.ts'
import { at, record } from '../gallery/test-records.ts'
import { rangeOf, rangeQuery } from './image-queries.ts'

// The SDK itself compares the queries; it asks nobody.
const images = collection(getFirestore(initializeApp({ projectId: 'demo-queries' })), 'customers/birch/images')
const HEAD: Range = { after: null, until: null, limit: 50 }
const order = [orderBy('receivedAt', 'desc'), orderBy(documentId(), 'desc')]

it('asks for the newest', () => {
  expect(queryEqual(rangeQuery(images, {}, HEAD), query(images, ...order, limit(50)))).toBe(true)
})

it('asks for what is between two places, however many that are', () => {
  const range: Range = {
    after: { receivedAt: at(9), imageId: 'i9' },
    until: { receivedAt: at(5), imageId: 'i5' },
    limit: null,
  }
  const expected = query(images, ...order, startAfter(at(9), 'i9'), endAt(at(5), 'i5'))
  expect(queryEqual(rangeQuery(images, {}, range), expected)).toBe(true)
})

it('asks for all that the filter says', () => {
  const filter: ImageFilter = {
    state: 'failed',
    format: 'png',
    source: 'web',
    from: at(1),
    to: at(9),
    name: 'the Holiday',
  }
  const expected = query(
    images,
    where('state', '==', 'failed'),
    where('input.format', '==', 'png'),
    where('source', '==', 'web'),
    where('nameParts', 'array-contains', 'holiday'),
    where('receivedAt', '>=', at(1)),
    where('receivedAt', '<', at(9)),
    ...order,
    limit(50),
  )
  expect(queryEqual(rangeQuery(images, filter, HEAD), expected)).toBe(true)
})

it('asks for deleted ones by when they were deleted', () => {
  const expected = query(images, where('deletedAt', '>', new Date(0)), orderBy('deletedAt', 'desc'), limit(200))
  expect(queryEqual(rangeQuery(images, { state: 'deleted', format: 'png' }, HEAD), expected)).toBe(true)
})

const ids = (read: ReturnType<typeof record>[], filter: ImageFilter, range = HEAD) =>
  rangeOf(read, filter, range).records.map(({ imageId }) => imageId)

it('shows no deleted one but where they are asked for, and of those only what is like the filter', () => {
  const read = [
    record('a'),
    record('b', { deletedAt: at(9) }),
    record('c', { deletedAt: at(8), source: 'kafka', receivedAt: at(4) }),
    record('d', { deletedAt: null }),
  ]
  expect(ids(read, {})).toEqual(['image-a', 'image-d'])
  expect(ids(read, { state: 'deleted' })).toEqual(['image-b', 'image-c'])
  expect(ids(read, { state: 'deleted', source: 'kafka' })).toEqual(['image-c'])
  expect(ids(read, { state: 'deleted', format: 'jpeg' })).toEqual([])
  expect(ids(read, { state: 'deleted', from: at(1), to: at(5) })).toEqual(['image-c'])
  expect(ids(read, { state: 'deleted', to: at(4) })).toEqual(['image-b'])
  expect(ids(read, { state: 'deleted', name: 'hil' })).toEqual(['image-b', 'image-c'])
})

it('shows those alone whose names have all the words', () => {
  const read = [record('a', { fileName: 'Holiday 12.jpg' }), record('b', { fileName: 'holiday.jpg' })]
  expect(ids(read, { name: 'holi 12' })).toEqual(['image-a'])
})

it('says where it ended by what was read, not by what is shown', () => {
  const read = [record('b', { receivedAt: at(2) }), record('a', { receivedAt: at(1), deletedAt: at(3) })]
  expect(rangeOf(read, {}, { ...HEAD, limit: 2 })).toMatchObject({
    last: { receivedAt: at(1), imageId: 'image-a' },
    full: true,
  })
  expect(rangeOf(read, {}, HEAD).full).toBe(false)
  expect(rangeOf(read, {}, { after: null, until: { receivedAt: at(1), imageId: 'image-a' }, limit: null }).full).toBe(
    false,
  )
  expect(rangeOf([], {}, HEAD)).toEqual({ records: [], last: null, full: false })
})
