import { MAX_EVENT_TEXT } from '../contract/event.ts'
import type { KafkaRecord } from './kafka.ts'
import { parseRecord } from './parse.ts'
import { REFUSALS, type Refusal } from './refusals.ts'
import { bytes, DATAREF, JPEG, OPTIONS, recordOf, STRUCTURED, structuredOf } from './testing/records.ts'

/** Each refusal that the parser gives, by records that get it and a part of what their sender is told: the compiler sees to it that none is missing. */
type Given = Exclude<Refusal, 'dataref-not-found' | 'id-conflict'>
const cases: Readonly<Record<Given, readonly (readonly [string, KafkaRecord, string])[]>> = {
  'no-specversion': [
    ['no header at all', { ...recordOf(), headers: {} }, 'The header ce_specversion is missing.'],
    [
      'a structured event without',
      structuredOf({ ...STRUCTURED, specversion: undefined }),
      'The attribute specversion is missing.',
    ],
    [
      'a structured event with null',
      structuredOf({ ...STRUCTURED, specversion: null }),
      'The attribute specversion is missing.',
    ],
  ],
  'unsupported-specversion': [
    [
      'an older one',
      recordOf({ headers: { ce_specversion: '0.3' } }),
      'ce_specversion is "0.3". Send CloudEvents 1.0.',
    ],
    ['a newer one', recordOf({ headers: { ce_specversion: '1.0.1' } }), '"1.0.1"'],
    ['an empty one', recordOf({ headers: { ce_specversion: '' } }), '""'],
    ['an older structured one', structuredOf({ specversion: '0.3', data: 'x' }), '"0.3"'],
    ['a number', structuredOf({ ...STRUCTURED, specversion: 1 }), '"1"'],
    ['what can not be made text', structuredOf({ specversion: { toString: 1, valueOf: 1 } }), '"object"'],
    ['what is nested deeply', structuredOf(`{"specversion":${'['.repeat(900)}${']'.repeat(900)}}`), '"object"'],
  ],
  'invalid-structured': [
    ['no JSON', structuredOf('{'), 'its value is not JSON in UTF-8.'],
    ['no value', structuredOf('', { value: null }), 'its value is not JSON in UTF-8.'],
    [
      'JSON in UTF-16',
      structuredOf('', { value: Buffer.from(JSON.stringify(STRUCTURED), 'utf16le') }),
      'not JSON in UTF-8',
    ],
    ['an image', structuredOf('', { value: JPEG }), 'not JSON in UTF-8'],
    ['a list of events', structuredOf([STRUCTURED]), 'its value is not a JSON object.'],
    ['text', structuredOf('"text"'), 'its value is not a JSON object.'],
    ['null', structuredOf('null'), 'its value is not a JSON object.'],
    ['data', structuredOf({ ...STRUCTURED, data: 'x' }), 'Send the bytes of the image in data_base64.'],
    [
      'base64 of another alphabet',
      structuredOf({ ...STRUCTURED, data_base64: '_-8=' }),
      'its data_base64 is not Base64.',
    ],
    ['base64 in lines', structuredOf({ ...STRUCTURED, data_base64: '/9j/\n4AAQ' }), 'not Base64'],
    ['base64 without its end', structuredOf({ ...STRUCTURED, data_base64: '/9j/4A' }), 'not Base64'],
    ['base64 of nothing but its end', structuredOf({ ...STRUCTURED, data_base64: '====' }), 'not Base64'],
    ['bytes as numbers', structuredOf({ ...STRUCTURED, data_base64: [255, 216] }), 'not Base64'],
    ['null for bytes', structuredOf({ ...STRUCTURED, data_base64: null }), 'not Base64'],
    [
      'an attribute that is a list',
      structuredOf({ ...STRUCTURED, subject: ['x'] }),
      'its attribute "subject" is not text',
    ],
    ['an attribute that is an object', structuredOf({ ...STRUCTURED, more: {} }), 'its attribute "more" is not text'],
    ['a fraction', structuredOf({ ...STRUCTURED, id: 1.5 }), 'its attribute "id" is not text'],
    [
      'a number of which JSON lost digits',
      structuredOf('{"specversion":"1.0","id":12345678901234567890}'),
      '"id" is not text',
    ],
    ['control characters', structuredOf({ ...STRUCTURED, subject: 'a\u0000b' }), 'its attribute "subject" is not text'],
    ['half a character', structuredOf({ ...STRUCTURED, id: '\ud800' }), 'its attribute "id" is not text'],
    ['an attribute twice', structuredOf({ ...STRUCTURED, ID: 'e-2' }), 'its attribute "ID" is there more than once.'],
    [
      'far more than an event has',
      structuredOf(`{"a\\"":[${'{},'.repeat(2000)}{}]}`),
      'far more attributes than an event',
    ],
  ],
  'invalid-header': [
    ['one twice', recordOf({ headers: { ce_id: ['e-1', 'e-1'] } }), 'The header "ce_id" is there more than once.'],
    [
      'one twice in other letters',
      recordOf({ headers: { CE_ID: 'e-2' } }),
      'The header "CE_ID" is there more than once.',
    ],
    ['one of a future extension twice', recordOf({ headers: { ce_x: ['a', 'b'] } }), '"ce_x" is there more than once.'],
    ['two customers', recordOf({ headers: { ce_customerid: ['acme', 'birch'] } }), '"ce_customerid" is there more'],
    ['Latin-1', recordOf({ headers: { ce_subject: bytes([0xfc], '.jpg') } }), '"ce_subject" is not plain UTF-8 text.'],
    [
      'a surrogate in UTF-8',
      recordOf({ headers: { ce_id: bytes([0xed, 0xa0, 0x80]) } }),
      '"ce_id" is not plain UTF-8 text.',
    ],
    [
      'a NUL',
      recordOf({ headers: { ce_id: 'a\0' } }),
      '"ce_id" is not plain UTF-8 text. Send it once, as text without control',
    ],
    ['a line break', recordOf({ headers: { 'content-type': 'image/jpeg\r\nx: y' } }), '"content-type" is not plain'],
    [
      'a C1 control character',
      recordOf({ headers: { ce_subject: 'a\u0085b' } }),
      '"ce_subject" is not plain UTF-8 text.',
    ],
    ['no value', recordOf({ headers: { ce_id: [] } }), '"ce_id" is not plain UTF-8 text.'],
  ],
  'no-customer': [
    ['neither header nor key', recordOf({ headers: { ce_customerid: undefined } }), 'Send the header ce_customerid'],
    ['an empty key', recordOf({ headers: { ce_customerid: undefined }, key: '' }), 'No customer is named.'],
  ],
  'invalid-customer': [
    [
      'a path',
      recordOf({ headers: { ce_customerid: '../acme' } }),
      'ce_customerid is "../acme". A customer id matches',
    ],
    ['a space', recordOf({ headers: { ce_customerid: 'acme ' } }), '"acme "'],
    [
      'an empty header, whatever the key is',
      recordOf({ headers: { ce_customerid: '' }, key: 'acme' }),
      'ce_customerid is ""',
    ],
    ['129 characters', recordOf({ headers: { ce_customerid: 'c'.repeat(129) } }), `"${'c'.repeat(100)}…"`],
    [
      'a key of other characters',
      recordOf({ headers: { ce_customerid: undefined }, key: 'a.b' }),
      'The record key is "a.b".',
    ],
    [
      'a key of bytes',
      recordOf({ headers: { ce_customerid: undefined }, key: bytes([0, 0, 0, 7, 0xff]) }),
      'The record key is not plain UTF-8 text.',
    ],
  ],
  'invalid-id': [
    [
      'an empty one',
      recordOf({ headers: { ce_id: '' } }),
      'ce_id has 0 characters. Send 1 to 512, or no ce_id at all.',
    ],
    ['a long one', recordOf({ headers: { ce_id: 'i'.repeat(MAX_EVENT_TEXT + 1) } }), 'ce_id has 513 characters.'],
  ],
  'invalid-source': [
    [
      'none beside a ce_id',
      recordOf({ headers: { ce_source: undefined } }),
      'ce_source is missing. With ce_id it identifies',
    ],
    ['an empty one', recordOf({ headers: { ce_source: '' } }), 'ce_source has 0 characters.'],
    [
      'a long one',
      recordOf({ headers: { ce_source: 's'.repeat(MAX_EVENT_TEXT + 1) } }),
      'ce_source has 513 characters.',
    ],
  ],
  empty: [
    ['no value', recordOf({ value: null }), 'The record has no bytes. Send the image as its value, or a ce_dataref.'],
    ['an empty value', recordOf({ value: new Uint8Array() }), 'The record has no bytes.'],
    [
      'a structured event without bytes',
      structuredOf({ ...STRUCTURED, data_base64: undefined }),
      'The record has no bytes.',
    ],
    ['a structured event of no bytes', structuredOf({ ...STRUCTURED, data_base64: '' }), 'The record has no bytes.'],
  ],
  'too-large': [
    [
      'one byte more',
      recordOf({ value: bytes([...JPEG], 'x'.repeat(989)) }),
      'The image has 1001 bytes, and the limit is 1000.',
    ],
    [
      'one byte more in base64',
      structuredOf({ ...STRUCTURED, data_base64: Buffer.alloc(1001, JPEG).toString('base64') }),
      'The image has 1001 bytes',
    ],
  ],
  'not-an-image': [
    ['JSON', recordOf({ value: bytes('{"image":"/9j/4AAQ"}') }), 'By its first bytes this is text.'],
    ['base64', recordOf({ value: Buffer.from(Buffer.from(JPEG).toString('base64')) }), 'not encoded in any way'],
    ['what nobody knows', recordOf({ value: bytes([1, 2, 3]) }), 'By its first bytes this is of an unknown kind.'],
    ['gzip', recordOf({ value: bytes([0x1f, 0x8b, 8]) }), 'not encoded in any way'],
  ],
  'invalid-dataref': [
    ['one beside bytes', recordOf({ headers: { ce_dataref: DATAREF } }), 'The record has bytes and a ce_dataref.'],
    ...[
      'gs://camera-archive/a.jpg',
      'gs://camera-archive/a.jpg#',
      'gs://camera-archive/a.jpg#0',
      'gs://camera-archive/a.jpg#-1',
      'gs://camera-archive/a.jpg#12345678901234567890',
      'gs://camera-archive/#1',
      'gs://camera-archive#1',
      'gs://Camera-Archive/a.jpg#1',
      'gs://../a.jpg#1',
      'gs://camera-archive/.#1',
      'gs://camera-archive/..#1',
      `gs://camera-archive/${'\u754c'.repeat(342)}#1`,
      'https://storage.googleapis.com/camera-archive/a.jpg#1',
      '',
    ].map(
      (dataref) =>
        [
          dataref.slice(0, 60),
          recordOf({ value: null, headers: { ce_dataref: dataref } }),
          'Send gs://bucket/object#generation.',
        ] as const,
    ),
  ],
  'dataref-not-allowed': [
    [
      'a bucket of others',
      recordOf({ value: null, headers: { ce_dataref: 'gs://secrets/a.jpg#1' } }),
      'ce_dataref names the bucket "secrets", which the bridge may not read.',
    ],
    [
      'a bucket whose name begins like one',
      recordOf({ value: null, headers: { ce_dataref: 'gs://camera/a.jpg#1' } }),
      '"camera"',
    ],
  ],
}

describe.each(Object.entries(cases))('%s is what becomes of', (reason, examples) => {
  test.each(examples)('%s', (_, record, detail) => {
    expect(parseRecord(record, OPTIONS)).toEqual({ refused: reason, detail: expect.stringContaining(detail) as string })
  })
})

it("every refusal is either the parser's, or one that needs a bucket to be looked at", () => {
  expect([...Object.keys(cases), 'dataref-not-found', 'id-conflict'].toSorted()).toEqual(
    Object.keys(REFUSALS).toSorted(),
  )
})
