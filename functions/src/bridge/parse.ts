/**
 * The contract of a record: one record, one image, by CloudEvents' Kafka binding. Pure: what it says rests on the record alone.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
import { createHash } from 'node:crypto'
import { MAX_EVENT_TEXT, MAX_SUBJECT, type SourceEvent } from '../contract/event.ts'
import { FORMAT_NAMES, sniffFormat, type Format } from '../contract/formats.ts'
import { CUSTOMER_ID, MAX_OBJECT_NAME_BYTES, rawName, UPLOAD_ID } from '../contract/names.ts'
import type { KafkaRecord } from './kafka.ts'
import { refuse, type Refused } from './refusals.ts'

/** An image on its way into the raw bucket. */
export interface ParsedRecord {
  readonly customerId: string
  /** The raw object's name: the same for the same event, so that it can't become two images. */
  readonly rawName: string
  /** As the sender calls it; nothing rests on it. */
  readonly contentType: string
  readonly event: SourceEvent
  readonly data: { readonly bytes: Uint8Array } | { readonly dataref: DataRef }
}

/** An object in another bucket, in one generation. */
export interface DataRef {
  readonly bucket: string
  readonly object: string
  /** A 64-bit integer as a decimal string. */
  readonly generation: string
}

/** On a record that was taken out of the dead letters: where it first stood, which without a `ce_id` is its identity. */
export const ORIGIN_HEADER = 'darkroom_origin'
/** Of every raw object: what the sender calls it travels in the event. */
export const FILE_NAME = 'image'
/** In characters: more than RFC 3339 needs. */
const MAX_TIME = 64
const STRUCTURED = /^application\/cloudevents\+json\s*(;|$)/i
const DATAREF = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])\/(.+)#([1-9]\d{0,18})$/s
/** What is none Cloud Storage could refuse, and it would be tried again for ever. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( *;[\x20-\x7e]*)?$/
/** More than the JSON of any event has: what is nothing but brackets takes twenty times its size in memory. */
const MAX_JSON_PARTS = 1000

export interface ParseOptions {
  /** In bytes. */
  readonly maxInputBytes: number
  readonly datarefBuckets: readonly string[]
}

/** Where a record stands, as an upload id: unlike that of any other record. */
export const placeOf = ({ topic, partition, offset, timestamp }: KafkaRecord) =>
  `${topic}-${partition}-${offset}-${timestamp}`

/** Where a record stood at first. */
export function originOf(record: KafkaRecord): string {
  const values = record.headers[ORIGIN_HEADER] ?? []
  const origin = values.length === 1 ? textOf(values[0] as Uint8Array) : null
  // Anybody may send such a header: one that no record can have is not the bridge's.
  return origin !== null && UPLOAD_ID.test(origin) ? origin : placeOf(record)
}

/** What a record takes while it is on its way, in bytes: in structured mode its image is there a second time, decoded, and its JSON as text. */
export function memoryOf({ value, headers }: KafkaRecord): number {
  const [contentType] = headers['content-type'] ?? []
  const isStructured = contentType !== undefined && STRUCTURED.test(Buffer.from(contentType).toString('latin1'))
  return (value?.byteLength ?? 0) * (isStructured ? 3 : 1)
}

export function parseRecord(record: KafkaRecord, options: ParseOptions): ParsedRecord | Refused {
  const attributes = attributesOf(record)
  if ('refused' in attributes) return attributes
  const { get, data } = attributes
  const customer = customerOf(record, get('customerid'))
  if ('refused' in customer) return customer
  const identity = identityOf(record, get('id'), get('source'))
  if ('refused' in identity) return identity
  const content = contentOf(data, get('dataref'), options)
  if ('refused' in content) return content
  const { customerId } = customer
  return {
    customerId,
    rawName: rawName({ source: 'kafka', customerId, uploadId: identity.uploadId, fileName: FILE_NAME }),
    contentType: mediaTypeOf(get('datacontenttype')),
    event: {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      id: identity.id,
      source: identity.source,
      subject: get('subject')?.slice(0, MAX_SUBJECT).toWellFormed() || null,
      time: get('time')?.slice(0, MAX_TIME).toWellFormed() || null,
      answer: get('answer') !== 'no',
    },
    data: content,
  }
}

const mediaTypeOf = (named: string | null) =>
  named !== null && named.length <= 255 && MEDIA_TYPE.test(named) ? named : 'application/octet-stream'

/** CloudEvents' attributes, whichever way they came. */
interface Attributes {
  /** Null where it is not there. */
  readonly get: (name: string) => string | null
  readonly data: Uint8Array | null
}

function attributesOf(record: KafkaRecord): Attributes | Refused {
  const texts = new Map<string, string>()
  for (const [name, values] of Object.entries(record.headers)) {
    // Headers of others (tracing, clients) may be anything.
    if (!/^(ce_.*|content-type)$/i.test(name)) continue
    const text = values.length === 1 ? textOf(values[0] as Uint8Array) : null
    const lower = name.toLowerCase()
    if (text === null || texts.has(lower)) {
      const how = values.length > 1 || texts.has(lower) ? 'is there more than once' : 'is not plain UTF-8 text'
      return refuse(
        'invalid-header',
        `The header ${quoted(name)} ${how}. Send it once, as text without control characters.`,
      )
    }
    texts.set(lower, text)
  }
  const contentType = texts.get('content-type') ?? null
  if (contentType !== null && STRUCTURED.test(contentType)) return structured(record)
  const specversion = texts.get('ce_specversion')
  if (specversion === undefined) {
    return refuse(
      'no-specversion',
      'The header ce_specversion is missing. Send CloudEvents 1.0 in binary or structured mode.',
    )
  }
  if (specversion !== '1.0') return unsupported(specversion)
  return {
    get: (name) => (name === 'datacontenttype' ? contentType : (texts.get(`ce_${name}`) ?? null)),
    data: record.value,
  }
}

const unsupported = (version: string) =>
  refuse('unsupported-specversion', `ce_specversion is ${quoted(version)}. Send CloudEvents 1.0.`)

/** Structured mode: the value is the whole event as JSON, the image in data_base64. */
function structured({ value }: KafkaRecord): Attributes | Refused {
  const invalid = (what: string) =>
    refuse('invalid-structured', `The record's content-type is application/cloudevents+json, but ${what}.`)
  const json = value ?? new Uint8Array()
  if (jsonParts(json) > MAX_JSON_PARTS) return invalid('its value has far more attributes than an event')
  let event: unknown
  try {
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch {
    return invalid('its value is not JSON in UTF-8')
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return invalid('its value is not a JSON object')
  const { specversion, data_base64: base64, ...fields } = event as Readonly<Record<string, unknown>>
  if (specversion === undefined || specversion === null)
    return refuse('no-specversion', 'The attribute specversion is missing. Send CloudEvents 1.0.')
  if (specversion !== '1.0') return unsupported(attributeText(specversion) ?? typeof specversion)
  const texts = new Map<string, string | null>()
  for (const [name, attribute] of Object.entries(fields)) {
    const lower = name.toLowerCase()
    if (lower === 'data') return invalid('it has data. Send the bytes of the image in data_base64')
    const text = attributeText(attribute)
    if (text === undefined) return invalid(`its attribute ${quoted(name)} is not text without control characters`)
    if (texts.has(lower)) return invalid(`its attribute ${quoted(name)} is there more than once`)
    texts.set(lower, text)
  }
  const data = base64 === undefined ? null : decodedBase64(base64)
  if (data === undefined) return invalid('its data_base64 is not Base64')
  return { get: (name) => texts.get(name) ?? null, data }
}

/**
 * Integers and booleans stand as in a header of binary mode, null is an attribute that is not there; undefined where it is none of CloudEvents' types.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#22-type-system-mapping
 */
function attributeText(attribute: unknown): string | null | undefined {
  if (attribute === null) return null
  // Of a larger one JSON has lost the last digits.
  if (typeof attribute === 'number') return Number.isSafeInteger(attribute) ? String(attribute) : undefined
  if (typeof attribute === 'boolean') return String(attribute)
  return typeof attribute === 'string' && !hasControls(attribute) ? attribute : undefined
}

/** How many members and elements JSON has at most, without the memory to read it. Of what is no JSON it says nothing. */
function jsonParts(json: Uint8Array): number {
  let parts = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfString(json, at)
    else if (byte === 0x2c || byte === 0x5b || byte === 0x7b) parts++
  }
  return parts
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

function endOfString(json: Uint8Array, begin: number): number {
  for (let end = json.indexOf(QUOTE, begin + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    let backslashes = 0
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return json.length
}

/** Undefined where it is none: Node's decoder takes anything. */
function decodedBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  return Buffer.from(text, 'base64')
}

function customerOf({ key }: KafkaRecord, named: string | null): { readonly customerId: string } | Refused {
  const customerId = named ?? (key === null || key.byteLength === 0 ? undefined : textOf(key))
  if (customerId === undefined) {
    return refuse(
      'no-customer',
      'No customer is named. Send the header ce_customerid, or the customer as the record key.',
    )
  }
  if (customerId === null || !CUSTOMER_ID.test(customerId)) {
    const where = named === null ? 'The record key' : 'ce_customerid'
    const what = customerId === null ? 'not plain UTF-8 text' : quoted(customerId)
    return refuse('invalid-customer', `${where} is ${what}. A customer id matches ${CUSTOMER_ID.source}.`)
  }
  return { customerId }
}

/**
 * Whose a record seems to be that can't be taken: as it is named first, whether or not the rest can be read. Null where no such customer can be.
 */
export function customerNamed({ key, headers, value }: KafkaRecord): string | null {
  const [, [header] = []] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'ce_customerid') ?? []
  const json = value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const inJson = header === undefined ? (json?.indexOf('"customerid"') ?? -1) : -1
  const member = inJson === -1 ? '' : (json?.toString('latin1', inJson, inJson + 200) ?? '')
  const named = header === undefined ? /^"customerid"\s*:\s*"([^"]*)"/.exec(member)?.[1] : (textOf(header) ?? '')
  const customerId = named ?? (key === null ? '' : (textOf(key) ?? ''))
  return CUSTOMER_ID.test(customerId) ? customerId : null
}

interface Identity {
  readonly uploadId: string
  readonly id: string | null
  readonly source: string | null
}

function identityOf(record: KafkaRecord, id: string | null, source: string | null): Identity | Refused {
  if (id === null) {
    return { uploadId: originOf(record), id: null, source: source?.slice(0, MAX_EVENT_TEXT).toWellFormed() || null }
  }
  if (id === '' || id.length > MAX_EVENT_TEXT) {
    return refuse('invalid-id', `ce_id has ${id.length} characters. Send 1 to ${MAX_EVENT_TEXT}, or no ce_id at all.`)
  }
  if (source === null || source === '' || source.length > MAX_EVENT_TEXT) {
    const what = source === null ? 'is missing' : `has ${source.length} characters`
    return refuse(
      'invalid-source',
      `ce_source ${what}. With ce_id it identifies the event: send 1 to ${MAX_EVENT_TEXT}.`,
    )
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('hex')
    .slice(0, 40)
  return { uploadId: `ce-${hash}`, id, source }
}

function contentOf(
  bytes: Uint8Array | null,
  dataref: string | null,
  options: ParseOptions,
): ParsedRecord['data'] | Refused {
  if (dataref !== null) {
    if (bytes !== null && bytes.byteLength > 0) {
      return refuse('invalid-dataref', 'The record has bytes and a ce_dataref. Send one of them.')
    }
    const parsed = DATAREF.exec(dataref)
    const [, bucket = '', object = '', generation = ''] = parsed ?? []
    if (parsed === null || !canBeObject(object)) {
      return refuse('invalid-dataref', `ce_dataref is ${quoted(dataref)}. Send gs://bucket/object#generation.`)
    }
    if (!options.datarefBuckets.includes(bucket)) {
      return refuse(
        'dataref-not-allowed',
        `ce_dataref names the bucket ${quoted(bucket)}, which the bridge may not read.`,
      )
    }
    return { dataref: { bucket, object, generation } }
  }
  if (bytes === null || bytes.byteLength === 0) {
    return refuse('empty', 'The record has no bytes. Send the image as its value, or a ce_dataref.')
  }
  return problemOf(bytes, options) ?? { bytes }
}

/** What can't be an object's name is never asked for: the answer is a fault. https://cloud.google.com/storage/docs/objects#naming */
const canBeObject = (name: string) => name !== '.' && name !== '..' && Buffer.byteLength(name) <= MAX_OBJECT_NAME_BYTES

/** What is no image even by its first bytes. An image of a format that is not processed is one: its customer is told so. */
const NO_IMAGES: readonly Format[] = ['pdf', 'video', 'zip', 'html', 'text', 'unknown']

/** What is wrong with an image's bytes; null where nothing is that can be seen from here. */
export function problemOf(bytes: Uint8Array, { maxInputBytes }: Pick<ParseOptions, 'maxInputBytes'>): Refused | null {
  if (bytes.byteLength > maxInputBytes) return tooLarge(bytes.byteLength, maxInputBytes)
  const format = sniffFormat(bytes)
  return NO_IMAGES.includes(format)
    ? refuse(
        'not-an-image',
        `By its first bytes this is ${FORMAT_NAMES[format]}. Send the bytes of an image, not encoded in any way.`,
      )
    : null
}

export const tooLarge = (bytes: number, limit: number) =>
  refuse('too-large', `The image has ${bytes} bytes, and the limit is ${limit}.`)

/** Null where it is not UTF-8, or has control characters, which CloudEvents forbids. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return hasControls(text) ? null : text
  } catch {
    return null
  }
}

// eslint-disable-next-line no-control-regex -- they are what is meant
const hasControls = (text: string) => /[\u0000-\u001f\u007f-\u009f]/.test(text) || !text.isWellFormed()

const quoted = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
