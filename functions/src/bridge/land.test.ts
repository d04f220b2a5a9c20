import { metadataOf } from '../contract/event.ts'
import { ObjectGone } from '../intake/object-store.ts'
import { MemoryObjects, type ObjectOperation } from '../intake/testing/memory-objects.ts'
import { Instant } from '../ledger/instant.ts'
import { KafkaFault, type KafkaRecord, type KafkaRecordToSend } from './kafka.ts'
import { deadLetterTopic, land, type Landing } from './land.ts'
import { ORIGIN_HEADER, parseRecord } from './parse.ts'
import { bytes, EVENT, headersOf, JPEG, OPTIONS, recordOf, type Sent } from './testing/records.ts'

interface Letter extends KafkaRecordToSend {
  readonly topic: string
}
const textOf = (letter: KafkaRecordToSend | undefined, name: string) => letter?.headers[name]?.map(String)

/** A bridge's surroundings, in which everything can fail. */
class Surroundings {
  readonly letters: Letter[] = []
  readonly warnings: unknown[] = []
  readonly told: unknown[] = []
  /** Operations on every bucket but the raw one. */
  readonly fetches: ObjectOperation[] = []
  readonly reserved: number[] = []
  /** What the next sends throw; null is success. */
  readonly sendFaults: (Error | null)[] = []
  readonly erased = new Set<string>()
  rawGate: ((operation: ObjectOperation, phase: 'before' | 'after') => void) | null = null
  fetchGate: ((operation: ObjectOperation) => void) | null = null
  readonly raw = new MemoryObjects({ now: () => Instant.ofMillis(0), gate: (...at) => this.rawGate?.(...at) })
  readonly archive = new MemoryObjects({
    now: () => Instant.ofMillis(0),
    gate: (operation, phase) => {
      if (phase === 'after') return
      this.fetches.push(operation)
      this.fetchGate?.(operation)
    },
  })

  readonly landing: Landing = {
    raw: this.raw,
    bucket: (name) => {
      if (name !== 'camera-archive') throw new Error(`nobody may ask for ${name}`)
      return this.archive
    },
    producer: {
      send: async (topic, records) => {
        const fault = this.sendFaults.shift() ?? null
        if (fault !== null) throw fault
        for (const record of records) this.letters.push({ topic, ...record })
      },
    },
    limits: OPTIONS,
    erased: async (customerId) => this.erased.has(customerId),
    reserve: (size, work) => {
      this.reserved.push(size)
      return work()
    },
    log: {
      info: (_, fields) => this.told.push(fields),
      warn: (_, fields) => this.warnings.push(fields),
      error: () => {},
    },
  }

  land(sent: Sent = {}) {
    return land(this.landing, recordOf(sent))
  }
  objects() {
    return this.raw.list({ limit: 100 })
  }
  /** The only dead letter; nothing may be in the bucket. */
  async letter(): Promise<Letter | undefined> {
    expect(await this.objects()).toEqual([])
    expect(this.letters).toHaveLength(1)
    return this.letters[0]
  }
  /** Puts an object into the archive, and gives what refers to it. */
  async archived(content: Uint8Array, name = '2026/a.jpg'): Promise<string> {
    const { generation } = await this.archive.create(name, content, 'image/jpeg')
    this.fetches.splice(0)
    return `gs://camera-archive/${name}#${generation}`
  }
}

let around: Surroundings
beforeEach(() => {
  around = new Surroundings()
})
const fault = (code: 'too-large' | 'unreachable') => new KafkaFault(code, 'as was asked for')
const nameOf = (record: KafkaRecord) => {
  const parsed = parseRecord(record, OPTIONS)
  return 'refused' in parsed ? '' : parsed.rawName
}
const referring = (dataref: string): Sent => ({ value: null, headers: { ce_dataref: dataref } })

describe('a record that can be taken', () => {
  it('is in the raw bucket, with what it said of itself', async () => {
    expect(await around.land()).toEqual({ outcome: 'landed', bytes: JPEG.length })
    const [object, ...more] = await around.objects()
    expect(more).toEqual([])
    expect(object).toMatchObject({ name: nameOf(recordOf()), contentType: 'image/jpeg' })
    expect(object?.metadata).toEqual(
      metadataOf({
        topic: 'images',
        partition: 2,
        offset: 40,
        id: 'e-1',
        source: '/cameras/7',
        subject: 'IMG_0001.jpg',
        time: '2026-05-04T10:20:30Z',
        answer: true,
      }),
    )
    expect(await around.raw.read(object?.name ?? '', object?.generation ?? '')).toEqual(JPEG)
    expect(around.letters).toEqual([])
  })

  it('is taken once, however often and from wherever it comes', async () => {
    await around.land()
    const before = await around.objects()
    expect(await around.land()).toEqual({ outcome: 'landed', bytes: JPEG.length })
    expect(await around.land({ offset: 99, headers: { ce_subject: 'renamed.jpg' } })).toMatchObject({
      outcome: 'landed',
    })
    expect(await around.objects()).toEqual(before)
    expect(around.letters).toEqual([])
  })

  it('is taken where the answer to its first upload was lost', async () => {
    around.rawGate = (_, phase) => {
      if (phase === 'after') throw new Error('socket hang up')
    }
    await expect(around.land()).rejects.toThrow('socket hang up')
    around.rawGate = null
    expect(await around.land()).toMatchObject({ outcome: 'landed' })
    expect(await around.objects()).toHaveLength(1)
    expect(around.letters).toEqual([])
  })
})

describe('a record that can never be taken', () => {
  it('is a dead letter as it came, with the reason and where it stood', async () => {
    const value = bytes('just words')
    const trace = [bytes([0, 255]), bytes('second')]
    const sent = { key: 'a key', value, headers: { traceparent: trace } }
    expect(await around.land(sent)).toEqual({ outcome: 'dead-letter', bytes: 0 })
    const letter = await around.letter()
    expect(letter).toMatchObject({ topic: 'images.dlq', key: Buffer.from('a key'), value })
    const { headers } = recordOf(sent)
    expect(letter?.headers).toEqual({
      ...headers,
      ...headersOf({
        darkroom_reason: 'not-an-image',
        darkroom_detail: 'By its first bytes this is text. Send the bytes of an image, not encoded in any way.',
        darkroom_topic: 'images',
        darkroom_partition: '2',
        darkroom_offset: '40',
        darkroom_timestamp: '1700000000000',
        darkroom_origin: 'images-2-40-1700000000000',
      }),
    })
    expect(around.warnings).toEqual([expect.objectContaining({ partition: 2, offset: 40, reason: 'not-an-image' })])
  })

  it('keeps its first place when it becomes one again', async () => {
    await around.land({ offset: 99, value: bytes('words'), headers: { [ORIGIN_HEADER]: 'images-2-40-1700000000000' } })
    const letter = await around.letter()
    expect(textOf(letter, ORIGIN_HEADER)).toEqual(['images-2-40-1700000000000'])
    expect(textOf(letter, 'darkroom_offset')).toEqual(['99'])
  })

  it('does not keep a place that no record can have, or more than one', async () => {
    await around.land({ value: bytes('words'), headers: { [ORIGIN_HEADER]: ['../x', 'images-0-0-0'] } })
    expect(textOf(await around.letter(), ORIGIN_HEADER)).toEqual(['images-2-40-1700000000000'])
  })

  it('says of itself what the bridge says, whatever its sender had put there', async () => {
    await around.land({ value: bytes('words'), headers: { darkroom_reason: ['empty', 'empty'] } })
    expect(textOf(await around.letter(), 'darkroom_reason')).toEqual(['not-an-image'])
  })

  it('has the id of an earlier one with other bytes: that one stays as it is', async () => {
    await around.land()
    const before = await around.objects()
    expect(await around.land({ offset: 41, value: bytes([...JPEG], 'other') })).toMatchObject({
      outcome: 'dead-letter',
    })
    expect(await around.objects()).toEqual(before)
    expect(textOf(around.letters[0], 'darkroom_reason')).toEqual(['id-conflict'])
    expect(textOf(around.letters[0], 'darkroom_detail')).toEqual([
      'An earlier record of ce_source /cameras/7 and ce_id e-1 had other bytes. Each event has an id of its own.',
    ])
  })

  it('has no id, and pretends to come from where another stood', async () => {
    const anonymous = { ...EVENT, ce_id: undefined, [ORIGIN_HEADER]: 'images-2-40-1700000000000' }
    await around.land({ headers: anonymous })
    await around.land({ value: bytes([...JPEG], 'other'), headers: anonymous })
    expect(textOf(around.letters[0], 'darkroom_detail')).toEqual([
      'An earlier record of kafka/acme/images-2-40-1700000000000/image had other bytes. Each event has an id of its own.',
    ])
  })
})

describe('a dead letter that is too large for its topic', () => {
  const sent = { key: 'a key', value: bytes('just words') }

  it('goes without its value, and says how many bytes that had', async () => {
    around.sendFaults.push(fault('too-large'))
    expect(await around.land(sent)).toEqual({ outcome: 'dead-letter', bytes: 0 })
    const letter = await around.letter()
    expect(letter).toMatchObject({ key: Buffer.from('a key'), value: null })
    expect(textOf(letter, 'ce_id')).toEqual(['e-1'])
    expect(textOf(letter, 'darkroom_reason')).toEqual(['not-an-image'])
    expect(textOf(letter, 'darkroom_value_bytes')).toEqual(['10'])
  })

  it('goes with nothing but what the bridge says, where its headers are what is too large', async () => {
    around.sendFaults.push(fault('too-large'), fault('too-large'))
    await around.land(sent)
    const letter = await around.letter()
    expect(letter).toMatchObject({ key: null, value: null })
    expect(Object.keys(letter?.headers ?? {}).filter((name) => !name.startsWith('darkroom_'))).toEqual([])
    expect(textOf(letter, 'darkroom_value_bytes')).toEqual(['10'])
  })

  it('is tried again later where the topic takes not even that', async () => {
    const last = fault('too-large')
    around.sendFaults.push(fault('too-large'), fault('too-large'), last)
    await expect(around.land(sent)).rejects.toBe(last)
  })

  it('is never sent whole where a broker would end the connection over it', async () => {
    const value = new Uint8Array(91 * 1024 * 1024)
    await around.land({ value })
    const letter = await around.letter()
    expect(letter?.value).toBeNull()
    expect(textOf(letter, 'darkroom_reason')).toEqual(['too-large'])
    expect(textOf(letter, 'darkroom_value_bytes')).toEqual([String(value.length)])
  })
})

describe('a fault', () => {
  it('of Storage is thrown, and is no reason for a dead letter', async () => {
    const down = new Error('503')
    around.rawGate = () => {
      throw down
    }
    await expect(around.land()).rejects.toBe(down)
    expect(around.letters).toEqual([])
  })

  it('of Kafka is thrown: the dead letter is not there yet', async () => {
    const down = fault('unreachable')
    around.sendFaults.push(down)
    await expect(around.land({ value: bytes('words') })).rejects.toBe(down)
    around.sendFaults.push(fault('too-large'), down)
    await expect(around.land({ value: bytes('words') })).rejects.toBe(down)
    expect(around.letters).toEqual([])
  })

  it.each(['stat', 'read'] as const)('of the other bucket (%s) is thrown: its object may be there', async (kind) => {
    const dataref = await around.archived(JPEG)
    const down = new Error('403')
    around.fetchGate = (operation) => {
      if (operation.kind === kind) throw down
    }
    await expect(around.land(referring(dataref))).rejects.toBe(down)
    expect(around.letters).toEqual([])
  })
})

describe('a record that refers to an object', () => {
  const reasonOf = async () => textOf(await around.letter(), 'darkroom_reason')?.[0]

  it('is the image of those bytes, read once there is room for them', async () => {
    const dataref = await around.archived(JPEG)
    expect(await around.land(referring(dataref))).toEqual({ outcome: 'landed', bytes: JPEG.length })
    const [object] = await around.objects()
    // Under the name that it has with its bytes in it.
    expect(object).toMatchObject({ name: nameOf(recordOf()), bytes: JPEG.length })
    expect(around.reserved).toEqual([JPEG.length])
    expect(around.fetches.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['stat 2026/a.jpg', 'read 2026/a.jpg'])
  })

  it('is taken once like any other', async () => {
    const dataref = await around.archived(JPEG)
    await around.land(referring(dataref))
    expect(await around.land(referring(dataref))).toMatchObject({ outcome: 'landed' })
    expect(await around.objects()).toHaveLength(1)
  })

  it('is in conflict with one of the same id that has other bytes', async () => {
    await around.land({ value: bytes([...JPEG], 'other') })
    await around.land(referring(await around.archived(JPEG)))
    expect(textOf(around.letters[0], 'darkroom_reason')).toEqual(['id-conflict'])
    expect(textOf(around.letters[0], 'ce_dataref')).toEqual(['gs://camera-archive/2026/a.jpg#1'])
  })

  it('that is not there is told so', async () => {
    expect(await around.land(referring('gs://camera-archive/none.jpg#1'))).toMatchObject({ outcome: 'dead-letter' })
    expect(textOf(await around.letter(), 'darkroom_detail')).toEqual([
      'There is no gs://camera-archive/none.jpg in generation 1.',
    ])
    expect(await reasonOf()).toBe('dataref-not-found')
  })

  it('in another generation never gets what is there now', async () => {
    const dataref = await around.archived(JPEG)
    around.archive.overwrite('2026/a.jpg', bytes([...JPEG], 'newer'), 'image/jpeg')
    await around.land(referring(dataref))
    expect(await reasonOf()).toBe('dataref-not-found')
    expect(around.fetches.map(({ kind }) => kind)).toEqual(['stat'])
  })

  it.each(['removed', 'overwritten'])('that is %s between the look and the reading is not found', async (how) => {
    const dataref = await around.archived(JPEG)
    around.fetchGate = ({ kind }) => {
      if (kind !== 'read') return
      if (how === 'removed') around.archive.remove('2026/a.jpg')
      else around.archive.overwrite('2026/a.jpg', bytes([...JPEG], 'newer'), 'image/jpeg')
    }
    await around.land(referring(dataref))
    expect(await reasonOf()).toBe('dataref-not-found')
  })

  it('that is too large is never read', async () => {
    await around.land(referring(await around.archived(new Uint8Array(OPTIONS.maxInputBytes + 1))))
    expect(await reasonOf()).toBe('too-large')
    expect(around.fetches.map(({ kind }) => kind)).toEqual(['stat'])
    expect(around.reserved).toEqual([])
  })

  it('that is exactly as large as allowed is taken', async () => {
    const largest = Buffer.alloc(OPTIONS.maxInputBytes, JPEG)
    expect(await around.land(referring(await around.archived(largest)))).toMatchObject({ outcome: 'landed' })
  })

  it.each([
    ['empty', new Uint8Array()],
    ['not-an-image', bytes('just words')],
  ])('is refused as %s for what it refers to', async (reason, content) => {
    await around.land(referring(await around.archived(content)))
    expect(await reasonOf()).toBe(reason)
  })

  it('to a bucket that is not allowed never asks for it', async () => {
    await around.land(referring('gs://secrets/a.jpg#1'))
    expect(await reasonOf()).toBe('dataref-not-allowed')
    expect(around.fetches).toEqual([])
  })

  it('is tried again later where there is no room for its bytes', async () => {
    const dataref = await around.archived(JPEG)
    const stopped = new Error('stopped')
    const landing: Landing = { ...around.landing, reserve: () => Promise.reject(stopped) }
    await expect(land(landing, recordOf(referring(dataref)))).rejects.toBe(stopped)
    expect(around.letters).toEqual([])
  })
})

it('an object of the raw bucket that has gone is a fault, not a missing reference', async () => {
  const gone = new ObjectGone('was there and is no longer')
  around.rawGate = () => {
    throw gone
  }
  await expect(around.land(referring(await around.archived(JPEG)))).rejects.toBe(gone)
  expect(around.letters).toEqual([])
})

it('the topic of dead letters stands beside the topic', () => {
  expect(deadLetterTopic('images')).toBe('images.dlq')
})

describe('a record of a customer whose data was deleted', () => {
  beforeEach(() => {
    around.erased.add('gone')
  })
  const key = bytes('gone')
  const named = (customer: string) => ({ ce_customerid: customer })
  const none = Object.fromEntries(Object.keys(EVENT).map((name) => [name, undefined]))
  const structured = (event: object): Sent => ({
    headers: { ...none, 'content-type': 'application/cloudevents+json' },
    value: bytes(JSON.stringify(event)),
  })

  it.each<[string, Sent]>([
    ['that is in order', { headers: named('gone') }],
    ['named by its key', { headers: { ce_customerid: undefined }, key }],
    ['with the bytes of no image', { headers: named('gone'), value: bytes('text') }],
    ['without bytes', { headers: named('gone'), value: null }],
    ['of another version', { headers: { ...named('gone'), ce_specversion: '0.3' } }],
    ['of no version', { headers: { ...none, CE_CustomerId: 'gone' } }],
    ['in structured mode, but not a whole one', structured({ specversion: '1.0', customerid: 'gone', data: 1 })],
    ['in structured mode, cut off', { ...structured({}), value: bytes('{"id":"1","customerid": "gone","da') }],
    ['in structured mode, named by its key', { ...structured({ data: 1 }), key }],
  ])('%s is dropped: no object, no dead letter, and nothing of it is logged', async (_what, sent) => {
    expect(await around.land(sent)).toEqual({ outcome: 'dropped', bytes: 0 })
    expect(await around.objects()).toEqual([])
    expect(around.letters).toEqual([])
    expect(around.fetches).toEqual([])
    expect(JSON.stringify(around.told)).not.toContain('gone')
    expect(around.told).toEqual([expect.objectContaining({ reason: 'customer-erased' })])
  })

  it.each<[string, Sent]>([
    ['its header, whatever the key', { headers: named('c2'), key, value: bytes('text') }],
    ['its header, which no customer can have', { headers: named('gone!'), key }],
  ])('is judged by %s', async (_what, sent) => {
    expect(await around.land(sent)).toMatchObject({ outcome: 'dead-letter' })
  })

  it('waits while nobody can tell', async () => {
    const landing = { ...around.landing, erased: () => Promise.reject(new Error('Firestore is away')) }
    await expect(land(landing, recordOf({ headers: named('c2') }))).rejects.toThrow('Firestore is away')
    expect(await around.objects()).toEqual([])
    expect(around.letters).toEqual([])
  })
})
