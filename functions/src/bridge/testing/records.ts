/** Records as a sender makes them, for tests. */
import type { Headers, KafkaRecord } from '../kafka.ts'
import type { ParseOptions } from '../parse.ts'

export const OPTIONS: ParseOptions = { maxInputBytes: 1000, datarefBuckets: ['camera-archive', 'other-archive'] }

/** Text is a byte to a character. */
export const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)))

/** As much of one as the bridge looks at. */
export const JPEG = bytes([0xff, 0xd8, 0xff, 0xe0], 'the rest')
export const DATAREF = 'gs://camera-archive/2026/a b.jpg#1700000000000001'

/** The headers of a sender that says all it can. */
export const EVENT: Readonly<Record<string, string>> = {
  ce_specversion: '1.0',
  ce_id: 'e-1',
  ce_source: '/cameras/7',
  ce_type: 'com.example.photo.taken',
  ce_time: '2026-05-04T10:20:30Z',
  ce_subject: 'IMG_0001.jpg',
  ce_customerid: 'acme',
  'content-type': 'image/jpeg',
}

/** The same event in structured mode. */
export const STRUCTURED = {
  specversion: '1.0',
  id: 'e-1',
  source: '/cameras/7',
  type: 'com.example.photo.taken',
  time: '2026-05-04T10:20:30Z',
  subject: 'IMG_0001.jpg',
  customerid: 'acme',
  datacontenttype: 'image/jpeg',
  data_base64: Buffer.from(JPEG).toString('base64'),
} as const

type HeaderValue = string | Uint8Array | readonly (string | Uint8Array)[]
const asBytes = (value: string | Uint8Array) => (typeof value === 'string' ? Buffer.from(value) : value)

/** A list is a header that is there so often. */
export const headersOf = (headers: Readonly<Record<string, HeaderValue>>): Headers =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      (typeof value === 'string' || value instanceof Uint8Array ? [value] : value).map(asBytes),
    ]),
  )

export interface Sent extends Partial<Omit<KafkaRecord, 'headers' | 'key'>> {
  readonly key?: string | Uint8Array | null
  /** Beside or instead of {@link EVENT}'s; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>>
}

export function recordOf({ headers = {}, key = null, ...more }: Sent = {}): KafkaRecord {
  const present = Object.entries({ ...EVENT, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return {
    topic: 'images',
    partition: 2,
    offset: 40,
    timestamp: 1_700_000_000_000,
    value: JPEG,
    ...more,
    key: key === null ? null : asBytes(key),
    headers: headersOf(Object.fromEntries(present)),
  }
}

/** In structured mode, with none of {@link EVENT}'s headers. Text is the JSON itself. */
export const structuredOf = (event: unknown, { headers, ...more }: Sent = {}) =>
  recordOf({
    value: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
    ...more,
    headers: {
      ...Object.fromEntries(Object.keys(EVENT).map((name) => [name, undefined])),
      'content-type': 'application/cloudevents+json; charset=UTF-8',
      ...headers,
    },
  })
