/** A customer's images as the ledger leaves them, the same each time but for their dates: for bench/customer-page.ts. */
import { rgbaToThumbHash } from 'thumbhash'
import { namePartsOf } from '../functions/src/contract/customer.ts'
import { imagePath } from '../functions/src/contract/names.ts'
import type { Data, Document, DocumentStore } from '../functions/src/ledger/document-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { benchRecordOf } from './export-records.ts'

const NAMES = [
  'Holiday',
  'Garden party',
  'IMG',
  'DSC',
  'Été à la mer',
  'Screenshot',
  'Scan of a letter',
  'Wedding of Ada and Ben',
]
const MINUTE_MS = 60_000
/** A write of so many is one transaction. */
const BATCH = 400
const SIZE = 24

/** A slope of two colours. */
function hashOf(n: number): string {
  const [from, to] = [(n * 47) % 256, (n * 91 + 128) % 256]
  const pixels = Uint8Array.from({ length: SIZE * SIZE * 4 }, (_, i) => {
    const [x, y, channel] = [(i >> 2) % SIZE, Math.floor((i >> 2) / SIZE), i & 3]
    return channel === 3
      ? 255
      : Math.round(from + ((to - from) * (channel === 1 ? x : channel === 2 ? y : x + y)) / (SIZE * 2))
  })
  return Buffer.from(rgbaToThumbHash(SIZE, SIZE, pixels)).toString('base64')
}
const HASHES = Array.from({ length: 40 }, (_, n) => hashOf(n))

/** `nth`: 0 is the newest; one arrived each minute up to `now`. Some have failed, wait, or come from Kafka. */
export function galleryRecordOf(customerId: string, nth: number, now: number): Document {
  const { data } = benchRecordOf(0, nth)
  const imageId = data['imageId'] as string
  const arrived = Instant.ofMillis(now - nth * MINUTE_MS)
  const fileName = `${NAMES[nth % NAMES.length]} ${nth}.jpeg`
  const kafka = nth % 17 === 5
  const outputs = [1600, 800, 200].map((size) => ({
    name: `fit-${size}`,
    object: `${customerId}/${imageId}/1/fit-${size}.webp`,
    contentType: 'image/webp',
    bytes: size * 100 + nth,
    width: size,
    height: Math.round(size * 0.75),
  }))
  const own: Data = {
    customerId,
    fileName,
    nameParts: namePartsOf(fileName),
    source: kafka ? 'kafka' : 'web',
    raw: {
      ...(data['raw'] as Data),
      name: `${kafka ? 'kafka' : 'web'}/${customerId}/${imageId.slice(0, 32)}/${fileName}`,
      createdAt: arrived,
    },
    input: { ...(data['input'] as Data), format: 'jpeg', pages: 1 },
    outputs,
    findings: { ...(data['findings'] as Data), thumbhash: { base64: HASHES[nth % HASHES.length] ?? '' } },
    receivedAt: arrived,
    processedAt: arrived.plusSeconds(3),
    // Some end soon, some are kept.
    availableUntil: arrived.plusDays(nth % 9 === 4 ? 1 : 30),
    updatedAt: arrived,
  }
  const failed = {
    state: 'failed',
    outputs: [],
    findings: {},
    availableUntil: null,
    error: { code: nth % 2 === 0 ? 'corrupt' : 'processor-timeout', message: 'It could not be processed.' },
  }
  return { path: imagePath(customerId, imageId), data: { ...data, ...own, ...(nth % 13 === 7 && failed) } }
}

export async function seedGallery(store: DocumentStore, customerId: string, count: number, now: number): Promise<void> {
  for (let begin = 0; begin < count; begin += BATCH) {
    await store.transact(async (transaction) => {
      for (let nth = begin; nth < Math.min(count, begin + BATCH); nth++) {
        const { path, data } = galleryRecordOf(customerId, nth, now)
        transaction.set(path, data)
      }
    })
  }
}
