import fc from 'fast-check'
import { MAX_EVENT_TEXT, MAX_SUBJECT, metadataOf } from '../contract/event.ts'
import { FORMATS, type Format } from '../contract/formats.ts'
import { parseRawName } from '../contract/names.ts'
import type { KafkaRecord } from './kafka.ts'
import { originOf, ORIGIN_HEADER, parseRecord, placeOf, type ParsedRecord } from './parse.ts'
import { REFUSALS, type Refused } from './refusals.ts'
import {
  bytes,
  DATAREF,
  EVENT,
  headersOf,
  JPEG,
  OPTIONS,
  recordOf,
  STRUCTURED,
  structuredOf,
  type Sent,
} from './testing/records.ts'

function taken(record: KafkaRecord): ParsedRecord {
  const parsed = parseRecord(record, OPTIONS)
  if ('refused' in parsed) throw new Error(`refused as ${parsed.refused}: ${parsed.detail}`)
  return parsed
}
function refused(record: KafkaRecord): Refused {
  const parsed = parseRecord(record, OPTIONS)
  if (!('refused' in parsed)) throw new Error(`taken as ${parsed.rawName}`)
  return parsed
}
const nameOf = (sent: Sent) => taken(recordOf(sent)).rawName

describe('a record in binary mode', () => {
  it('is its value, for the customer of its header, with all that it says of itself', () => {
    expect(taken(recordOf({ key: 'another' }))).toEqual({
      customerId: 'acme',
      rawName: expect.stringMatching(/^kafka\/acme\/ce-[0-9a-f]{40}\/image$/) as string,
      contentType: 'image/jpeg',
      event: {
        topic: 'images',
        partition: 2,
        offset: 40,
        id: 'e-1',
        source: '/cameras/7',
        subject: 'IMG_0001.jpg',
        time: '2026-05-04T10:20:30Z',
        answer: true,
      },
      data: { bytes: JPEG },
    })
  })

  it('needs no more than a version, a customer and bytes', () => {
    const record = { ...recordOf({ key: 'birch' }), headers: headersOf({ ce_specversion: '1.0' }) }
    expect(taken(record)).toEqual({
      customerId: 'birch',
      rawName: 'kafka/birch/images-2-40-1700000000000/image',
      contentType: 'application/octet-stream',
      event: {
        topic: 'images',
        partition: 2,
        offset: 40,
        id: null,
        source: null,
        subject: null,
        time: null,
        answer: true,
      },
      data: { bytes: JPEG },
    })
  })

  it('may write the names of its headers as it likes, and have any others beside them', () => {
    const headers = {
      CE_SpecVersion: '1.0',
      Ce_Id: 'e-1',
      cE_source: '/cameras/7',
      'Content-Type': 'image/png',
      CE_CUSTOMERID: 'acme',
      traceparent: ['00-1', '00-2'],
      __proto__: 'x',
      'b3-binary': bytes([0xff, 0xfe, 0]),
      DarkRoom_Origin: [],
    }
    const parsed = taken({ ...recordOf(), headers: headersOf(headers) })
    expect(parsed).toMatchObject({ contentType: 'image/png', rawName: nameOf({}) })
  })

  it('wants no answer only where it says no', () => {
    const answer = (ce_answer: string) => taken(recordOf({ headers: { ce_answer } })).event.answer
    expect(['no', 'yes', '', 'No'].map(answer)).toEqual([false, true, true, true])
  })

  it.each(['', 'auto', 'image', 'image/jpeg\u00fc', 'a/b/c', `image/${'x'.repeat(300)}`])(
    'with the content type %j is stored under the one that says nothing: it must never be the reason why it is not stored',
    (type) => {
      expect(taken(recordOf({ headers: { 'content-type': type } })).contentType).toBe('application/octet-stream')
    },
  )
})

describe('a record in structured mode', () => {
  it('is the same image as in binary mode', () => {
    const parsed = taken(structuredOf(STRUCTURED))
    expect(parsed).toEqual({ ...taken(recordOf()), data: { bytes: Buffer.from(JPEG) } })
  })

  it('may name its customer in the record key, or refer to its bytes', () => {
    const { customerid: _, ...event } = STRUCTURED
    expect(taken(structuredOf(event, { key: 'birch' })).customerId).toBe('birch')
    const { data_base64: __, ...reference } = { ...STRUCTURED, dataref: DATAREF }
    expect(taken(structuredOf(reference)).data).toMatchObject({ dataref: { generation: '1700000000000001' } })
  })

  it('takes an integer or a boolean for what it would be in a header, and null for what is not there', () => {
    const { customerId, event } = taken(
      structuredOf({ ...STRUCTURED, customerid: 42, id: 7, subject: null, sampled: true }, { key: 'another' }),
    )
    expect(customerId).toBe('42')
    expect(event).toMatchObject({ id: '7', subject: null })
  })

  it('names its attributes as it likes, each once', () => {
    const { customerid: _, ...event } = STRUCTURED
    expect(taken(structuredOf({ ...event, customerId: 'birch' }, { key: 'another' })).customerId).toBe('birch')
    expect(refused(structuredOf({ ...STRUCTURED, customerId: 'birch' })).detail).toContain('more than once')
  })

  it('is known by its content type, whatever the other headers say', () => {
    const headers = { 'content-type': 'Application/CloudEvents+JSON', ce_id: 'another', ce_customerid: 'another' }
    expect(taken(structuredOf(STRUCTURED, { headers })).rawName).toBe(nameOf({}))
    const batch = { 'content-type': 'application/cloudevents-batch+json' }
    expect(refused(structuredOf([STRUCTURED], { headers: batch })).refused).toBe('no-specversion')
  })
})

describe('the identity of an image', () => {
  it('is ce_source and ce_id together, wherever and however often the record stands', () => {
    const first = nameOf({})
    expect(nameOf({ topic: 'other', partition: 0, offset: 7, timestamp: 1 })).toBe(first)
    expect(nameOf({ value: bytes([...JPEG], 'other'), headers: { ce_subject: 'x', ce_time: 'y', ce_type: 'z' } })).toBe(
      first,
    )
    expect(nameOf({ headers: { [ORIGIN_HEADER]: 'other-0-1-2' } })).toBe(first)
  })

  it('is another for another id, another source, or another customer', () => {
    const names = [
      nameOf({}),
      nameOf({ headers: { ce_id: 'e-2' } }),
      nameOf({ headers: { ce_source: '/cameras/8' } }),
      nameOf({ headers: { ce_id: '\ufeffe-1' } }),
      // Neither is cut where one could end and the other begin.
      nameOf({ headers: { ce_source: '/cameras/7"', ce_id: 'e-1' } }),
      nameOf({ headers: { ce_source: '/cameras/7e', ce_id: '-1' } }),
      nameOf({ headers: { ce_customerid: 'birch' } }),
    ]
    expect(new Set(names).size).toBe(names.length)
  })

  it('takes the longest id and source, in any script', () => {
    const long = '\u754c'.repeat(MAX_EVENT_TEXT)
    const { event } = taken(recordOf({ headers: { ce_id: long, ce_source: long, ce_subject: '\u754c'.repeat(999) } }))
    expect(event).toMatchObject({ id: long, source: long })
    // https://cloud.google.com/storage/quotas#objects
    expect(Buffer.byteLength(Object.entries(metadataOf(event)).flat().join(''))).toBeLessThan(8192)
  })

  const anonymous = { ...EVENT, ce_id: undefined }
  it('is where the record stands if it has no id: each time it is sent, it is another image', () => {
    const place = (more: Sent) => nameOf({ ...more, headers: { ...anonymous, ...more.headers } })
    expect(place({})).toBe('kafka/acme/images-2-40-1700000000000/image')
    // The time tells a topic that was deleted and made anew from the one before it.
    const names = [{}, { offset: 41 }, { partition: 1 }, { topic: 'photos' }, { timestamp: 1 }].map(place)
    expect(new Set(names).size).toBe(names.length)
    expect(place({ timestamp: -1 })).toBe('kafka/acme/images-2-40--1/image')
  })

  it('stays what it was for a record without id that comes back from the dead letters', () => {
    const record = recordOf({ headers: anonymous })
    const replayed = recordOf({ offset: 99, headers: { ...anonymous, [ORIGIN_HEADER]: placeOf(record) } })
    expect(taken(replayed).rawName).toBe(taken(record).rawName)
    expect(taken(replayed).event).toMatchObject({ offset: 99 })
    expect(originOf(replayed)).toBe(placeOf(record))
  })

  it.each([
    '',
    '../../web/acme/x',
    'a/b',
    '-x',
    'x'.repeat(301),
    'a\0',
    bytes([0xff]),
    ['images-0-1-2', 'images-0-1-2'],
    [],
  ])('is not changed by an origin that no record can have: %j', (origin) => {
    const record = recordOf({ headers: { ...anonymous, [ORIGIN_HEADER]: origin } })
    expect(taken(record).rawName).toBe('kafka/acme/images-2-40-1700000000000/image')
    expect(originOf(record)).toBe(placeOf(record))
  })
})

describe('the subject', () => {
  it.each(['../../etc/passwd', 'a/b\\c', '<script>', '%00', 'Ferien am Meer (3).jpg', '\u202egpj.exe', '😀'])(
    'is only shown: %j is part of no name',
    (subject) => {
      const parsed = taken(recordOf({ headers: { ce_subject: subject } }))
      expect(parsed.event.subject).toBe(subject)
      expect(parsed.rawName).toBe(nameOf({}))
    },
  )

  it('is cut where it is too long, and no half of a character is left', () => {
    const subject = taken(recordOf({ headers: { ce_subject: '😀'.repeat(200) } })).event.subject ?? ''
    expect(subject.length).toBe(MAX_SUBJECT)
    expect(subject.isWellFormed()).toBe(true)
    const { time } = taken(recordOf({ headers: { ce_time: `a${'😀'.repeat(200)}` } })).event
    expect(time?.isWellFormed()).toBe(true)
  })

  it('is none where it is empty', () => {
    const { event } = taken(recordOf({ headers: { ce_subject: '', ce_time: '', ce_id: undefined, ce_source: '' } }))
    expect(event).toMatchObject({ subject: null, time: null, source: null })
  })
})

it('takes an image of exactly the limit', () => {
  const largest = Buffer.alloc(OPTIONS.maxInputBytes, JPEG)
  expect(taken(recordOf({ value: largest })).data).toEqual({ bytes: largest })
  const structured = structuredOf({ ...STRUCTURED, data_base64: largest.toString('base64') })
  expect(taken(structured).data).toEqual({ bytes: largest })
})

it.each([null, new Uint8Array()])('takes a reference where the value is %j', (value) => {
  const parsed = taken(recordOf({ value, headers: { ce_dataref: DATAREF } }))
  expect(parsed.data).toEqual({
    dataref: { bucket: 'camera-archive', object: '2026/a b.jpg', generation: '1700000000000001' },
  })
  const hash = taken(recordOf({ value, headers: { ce_dataref: 'gs://other-archive/a#b/c#d#7' } }))
  expect(hash.data).toEqual({ dataref: { bucket: 'other-archive', object: 'a#b/c#d', generation: '7' } })
})

/** Every format, and what becomes of it: the compiler sees to it that a new one is decided here. */
const formats: Readonly<Record<Format, readonly [Uint8Array, 'taken' | 'refused']>> = {
  jpeg: [JPEG, 'taken'],
  png: [bytes([0x89], 'PNG\r\n', [0x1a, 0x0a]), 'taken'],
  webp: [bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 '), 'taken'],
  avif: [bytes([0, 0, 0, 16], 'ftypavif', [0, 0, 0, 0]), 'taken'],
  heic: [bytes([0, 0, 0, 16], 'ftypheic', [0, 0, 0, 0]), 'taken'],
  gif: [bytes('GIF89a'), 'taken'],
  tiff: [bytes('II*\0'), 'taken'],
  svg: [bytes('<svg xmlns="http://www.w3.org/2000/svg">'), 'taken'],
  bmp: [bytes('BM', [0, 1, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]), 'taken'],
  ico: [bytes([0, 0, 1, 0, 1, 0]), 'taken'],
  jxl: [bytes([0xff, 0x0a]), 'taken'],
  jp2: [bytes([0, 0, 0, 0x0c], 'jP  \r\n'), 'taken'],
  psd: [bytes('8BPS\0\x01'), 'taken'],
  'camera-raw': [bytes('IIRO'), 'taken'],
  pdf: [bytes('%PDF-1.7'), 'refused'],
  video: [bytes([0x1a, 0x45, 0xdf, 0xa3]), 'refused'],
  zip: [bytes('PK', [3, 4]), 'refused'],
  html: [bytes('<!doctype html>'), 'refused'],
  text: [bytes('just words'), 'refused'],
  unknown: [bytes([0, 1, 2, 3]), 'refused'],
}

it.each(FORMATS)('%s: an image is taken even where it is not processed, and what is none is refused', (format) => {
  const [value, expected] = formats[format]
  // What a sender calls it makes no difference.
  const parsed = parseRecord(recordOf({ value, headers: { 'content-type': 'image/jpeg' } }), OPTIONS)
  if (expected === 'taken') expect(parsed).toMatchObject({ data: { bytes: value } })
  else expect(parsed).toMatchObject({ refused: 'not-an-image' })
})

describe('whatever comes', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '',
      '1.0',
      'acme',
      'e-1',
      'no',
      DATAREF,
      'images-0-1-2',
      'application/cloudevents+json',
      'image/png',
    ),
    fc.string({ unit: 'binary', maxLength: 600 }),
  )
  const name = fc.oneof(
    fc.constantFrom(...Object.keys(EVENT), 'ce_dataref', 'ce_answer', 'CE_ID', ORIGIN_HEADER, '__proto__'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  const headerValue = fc.oneof(
    { weight: 20, arbitrary: text.map((value): Uint8Array => Buffer.from(value)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  )
  const values = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(headerValue) },
    { weight: 1, arbitrary: fc.array(headerValue, { maxLength: 3 }) },
  )
  const headers = fc.dictionary(name, values, { noNullPrototype: true })
  const structured = fc
    .record(
      {
        specversion: fc.oneof(fc.constant('1.0'), fc.jsonValue()),
        customerid: fc.oneof(fc.constant('acme'), fc.jsonValue()),
        id: fc.oneof(text, fc.jsonValue()),
        source: fc.oneof(text, fc.jsonValue()),
        data_base64: fc.oneof(fc.base64String(), fc.constant(STRUCTURED.data_base64), fc.jsonValue()),
        more: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((event): Uint8Array => Buffer.from(JSON.stringify(event)))
  const value = fc.option(
    fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1100 }) },
      { weight: 4, arbitrary: fc.uint8Array({ maxLength: 50 }).map((rest) => bytes([...JPEG], [...rest])) },
      { weight: 2, arbitrary: structured },
    ),
  )
  const records: fc.Arbitrary<KafkaRecord> = fc.record({
    // As the settings allow it.
    topic: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,239}$/),
    partition: fc.nat(),
    offset: fc.maxSafeNat(),
    timestamp: fc.oneof(fc.constantFrom(-1, 0, Number(2n ** 63n - 1n)), fc.maxSafeNat()),
    key: fc.option(
      fc.oneof(
        fc.uint8Array({ maxLength: 140 }),
        text.map((key): Uint8Array => Buffer.from(key)),
      ),
    ),
    value,
    headers: fc.oneof(
      headers,
      headers.map((more) => ({ ...more, ...headersOf({ ce_specversion: '1.0', ce_customerid: 'acme' }) })),
      headers.map((more) => ({ ...more, ...headersOf({ 'content-type': 'application/cloudevents+json' }) })),
    ),
  })

  it('is either refused with a sentence, or has a name that the pipeline takes and metadata that it can read', () => {
    let images = 0
    fc.assert(
      fc.property(records, (record) => {
        const parsed = parseRecord(record, OPTIONS)
        if ('refused' in parsed) {
          expect(REFUSALS).toHaveProperty([parsed.refused])
          expect(parsed.detail).toMatch(/^\S.*\.$/s)
          expect(parsed.detail.length).toBeLessThan(600)
          return
        }
        images++
        const { customerId, rawName, contentType, event } = parsed
        expect(parseRawName(rawName)).toMatchObject({ source: 'kafka', customerId, fileName: 'image' })
        expect(contentType).toMatch(/^[\x20-\x7e]{3,255}$/)
        for (const each of Object.values(metadataOf(event))) expect(each.isWellFormed()).toBe(true)
      }),
      { numRuns: 3000 },
    )
    expect(images).toBeGreaterThan(100)
  })

  it('of JSON, nothing but brackets takes no time and no memory', () => {
    for (const json of [
      '['.repeat(5e6),
      '{"a":'.repeat(1e6),
      `{"a":[${'{},'.repeat(1e6)}1]}`,
      `"${'\\"'.repeat(2e6)}`,
    ]) {
      expect(refused(structuredOf(json)).refused).toBe('invalid-structured')
    }
  })
})
