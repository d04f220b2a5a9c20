import { REFUSALS } from '../bridge/refusals.ts'
import { LETTER_REASONS, type LetterFilter, type LettersRequest } from '../contract/admin.ts'
import { KafkaFault, type Headers, type KafkaRecord, type KafkaRecordToSend } from '../bridge/kafka.ts'
import { land } from '../bridge/land.ts'
import { ORIGIN_HEADER, parseRecord } from '../bridge/parse.ts'
import { MemoryKafka, type KafkaGate } from '../bridge/testing/memory-kafka.ts'
import { MemoryObjects } from '../intake/testing/memory-objects.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { adminLetters } from './admin-letters.ts'
import type { CallContext } from './callable.ts'
import { printable, type DeadLetter } from './dead-letter.ts'
import {
  listDeadLetters,
  planReplay,
  replayDeadLetters,
  type DeadLetters,
  type LetterSelection,
} from './dead-letters.ts'

const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
const LARGE = Buffer.concat([JPEG, Buffer.alloc(100)])
const START = Date.parse('2026-11-23T12:00:00Z')
const DAY = 86_400_000
const NOTHING = {
  complete: true,
  matching: 0,
  replayable: 0,
  already: 0,
  leftOut: 0,
  idConflict: 0,
  notOurs: 0,
  otherTopic: 0,
  tooLarge: 0,
}

let broker: MemoryKafka
let gate: KafkaGate
let maxRecordBytes: number
let store: MemoryStore
let raw: MemoryObjects
let deps: DeadLetters
let now: number
/** Of the bridge: images above it are dead letters. */
let maxInputBytes: number
let landedUpTo: number
beforeEach(() => {
  now = START
  gate = () => {}
  maxRecordBytes = Infinity
  maxInputBytes = 50
  landedUpTo = 0
  const clock = () => Instant.ofMillis((now += 1))
  store = new MemoryStore({ now: clock })
  raw = new MemoryObjects({ now: clock })
  broker = newBroker()
  deps = { kafka: broker.client(), store, topic: 'images', group: 'g', reportingTimeZone: 'UTC', recordDays: 400 }
})

function newBroker(): MemoryKafka {
  const made = new MemoryKafka({
    now: () => (now += 1),
    fetchRecords: 2,
    gate: (operation, phase) => gate(operation, phase),
    get maxRecordBytes() {
      return maxRecordBytes
    },
  })
  made.createTopic('images', 1)
  made.createTopic('images.dlq', 2)
  return made
}

const text = (value: string) => [Buffer.from(value)]
const textOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString()
const headers = (values: Readonly<Record<string, string>>): Headers =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]))
const image = (customer: string, more: Readonly<Record<string, string>> = {}, value: Buffer | null = LARGE) => ({
  key: Buffer.from(customer),
  value,
  headers: headers({ ce_specversion: '1.0', 'content-type': 'image/jpeg', ...more }),
})

/** What the bridge does with all that came since it was last called. */
async function bridge(): Promise<void> {
  const producer = await broker.client().produce()
  const landing = {
    raw,
    bucket: () => raw,
    producer,
    limits: { maxInputBytes, datarefBuckets: [] },
    erased: async () => false,
    reserve: <T>(_bytes: number, work: () => Promise<T>) => work(),
    log: { info() {}, warn() {}, error() {} },
  }
  const records = broker.records('images')
  for (const record of records.slice(landedUpTo)) await land(landing, record)
  landedUpTo = records.length
}

async function send(...records: readonly KafkaRecordToSend[]): Promise<void> {
  for (const record of records) broker.append('images', 0, record)
  await bridge()
}

async function listed(selection: LetterSelection = {}) {
  const letters: DeadLetter[] = []
  const { summary, complete } = await listDeadLetters(deps, selection, (letter) => letters.push(letter))
  return { letters, summary: Object.fromEntries(summary), complete }
}
const last = <T>(items: readonly T[]): T => items.at(-1) as T
const replays = () => [...store.dump()].filter(([path]) => path.includes('/replays/'))
const objects = async () => (await raw.list({ limit: 100 })).map(({ name }) => name)
const sizes = ({ key, value }: KafkaRecord) => [textOf(key), value?.byteLength]

describe('listing', () => {
  it('says of each letter what was wrong, where it stood and whose it is, and holds none of its bytes', async () => {
    await send(image('k1', { ce_id: 'e1', ce_source: 's', ce_subject: 'a.jpg', ce_customerid: 'c1' }))
    const { letters, summary } = await listed()
    expect(letters).toEqual([
      {
        partition: expect.any(Number),
        offset: 0,
        at: broker.records('images.dlq')[0]?.timestamp,
        reason: 'too-large',
        detail: 'The image has 120 bytes, and the limit is 50.',
        from: { topic: 'images', partition: 0, offset: 0, timestamp: START + 1 },
        origin: `images-0-0-${START + 1}`,
        customer: 'c1',
        id: 'e1',
        source: 's',
        subject: 'a.jpg',
        bytes: 120,
        leftOut: false,
        replayed: null,
      },
    ])
    expect(summary).toEqual({ 'too-large': { letters: 1, bytes: 120, replayed: 0 } })
  })

  it('takes the customer from the key where the event names none, and from the event in structured mode', async () => {
    const event = { specversion: '1.0', id: 'e2', source: 's', customerid: 'c2', data_base64: LARGE.toString('base64') }
    const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
    await send(
      image('c1'),
      { ...image('k', structured), value: Buffer.from(JSON.stringify(event)) },
      { ...image('k', structured), value: Buffer.from('{') },
    )
    const { letters } = await listed()
    expect(letters.map(({ reason, customer, id }) => `${reason} ${customer} ${id}`).toSorted()).toEqual([
      'invalid-structured k null',
      'too-large c1 null',
      'too-large c2 e2',
    ])
  })

  it('selects by reason, customer, day and place, and counts all that match by reason', async () => {
    await send(image('c1'), image('c2'), image('c1', {}, null))
    now += DAY
    await send(image('c1'))
    const count = async (selection: LetterSelection) => (await listed(selection)).letters.length
    expect(await count({})).toBe(4)
    expect(await count({ reason: 'empty' })).toBe(1)
    expect(await count({ reason: 'not-ours' })).toBe(0)
    expect(await count({ customer: 'c1' })).toBe(3)
    expect(await count({ from: '2026-11-24' })).toBe(1)
    expect(await count({ from: '2026-11-23', to: '2026-11-23' })).toBe(3)
    const { letters, summary } = await listed({ customer: 'c1' })
    expect(summary).toMatchObject({ 'too-large': { letters: 2, bytes: 240 }, empty: { letters: 1, bytes: 0 } })
    const { partition, offset } = last(letters)
    expect((await listed({ at: { partition, offset } })).letters).toEqual([last(letters)])
    expect(await count({ at: { partition, offset: 99 } })).toBe(0)
  })

  it('with a limit shows the newest of all partitions, the newest last, and still counts all', async () => {
    for (let i = 0; i < 120; i++) broker.append('images', 0, image(`c${i}`))
    await bridge()
    const { letters, summary } = await listed({ limit: 3 })
    expect(letters.map(({ customer }) => customer)).toEqual(['c117', 'c118', 'c119'])
    expect(new Set(broker.records('images.dlq').map(({ partition }) => partition)).size).toBe(2)
    expect(summary).toMatchObject({ 'too-large': { letters: 120 } })
  })

  it('shows what somebody else wrote as not ours, whatever it is, and never replays it', async () => {
    await send(image('c1'))
    const [ours] = broker.records('images.dlq') as [KafkaRecord]
    const forged: Readonly<Record<string, Headers[string] | undefined>>[] = [
      { darkroom_reason: undefined },
      { darkroom_reason: text('toString') },
      { darkroom_reason: [...text('empty'), ...text('empty')] },
      { darkroom_reason: [] },
      { darkroom_offset: text('-') },
      { darkroom_partition: text('1e3') },
      { darkroom_timestamp: text('') },
      { [ORIGIN_HEADER]: text('../x') },
      { darkroom_detail: undefined },
    ]
    for (const change of forged) {
      const changed = Object.entries({ ...ours.headers, ...change }).filter(([, values]) => values !== undefined)
      broker.append('images.dlq', 0, { ...ours, headers: Object.fromEntries(changed) as Headers })
    }
    broker.append('images.dlq', 1, { key: Buffer.from([0xff]), value: null, headers: {}, timestamp: 9e18 })
    broker.append('images.dlq', 1, {
      ...ours,
      value: null,
      headers: { ...ours.headers, darkroom_value_bytes: text('many') },
    })
    const { letters } = await listed({ reason: 'not-ours' })
    expect(letters).toHaveLength(forged.length + 2)
    expect(letters.every(({ from, origin }) => from === null && origin === null)).toBe(true)
    expect((await listed({ reason: 'not-ours', from: '2026-01-01', to: '2026-12-31' })).letters).toHaveLength(
      forged.length + 1,
    )
    expect(await replayDeadLetters(deps, { again: true }, 'ann')).toMatchObject({
      notOurs: letters.length,
      replayable: 1,
    })
  })

  it('cuts what a sender wrote at length', async () => {
    await send(image('c1', { ce_id: 'i'.repeat(100_000), ce_subject: '\u{1f4a5}'.repeat(10_000) }))
    const { id, subject } = last((await listed()).letters)
    expect(id).toBe(`${'i'.repeat(512)}…`)
    expect(subject?.length).toBe(513)
  })

  it('throws the one sentence of a fault of Kafka', async () => {
    await expect(listDeadLetters({ ...deps, topic: 'other' }, {}, () => {})).rejects.toThrow(KafkaFault)
  })
})

describe('a replay', () => {
  it('is first counted, and changes nothing by that', async () => {
    await send(image('c1'), image('c2'))
    expect(await planReplay(deps, {})).toEqual({ ...NOTHING, matching: 2, replayable: 2 })
    expect(await planReplay(deps, { limit: 1 })).toEqual({ ...NOTHING, matching: 1, replayable: 1 })
    expect(broker.records('images')).toHaveLength(2)
    expect(replays()).toEqual([])
  })

  it('sends the record back as it came, with nothing of ours but its origin, and writes down who did it', async () => {
    const sent = { ...image('c1', { ce_id: 'e1', ce_source: 's', traceparent: '00-1' }) }
    const twice = { ...sent, headers: { ...sent.headers, 'x-many': [...text('a'), Buffer.from([0xff])] } }
    await send(twice)
    const { partition, offset, origin } = last((await listed()).letters)
    expect(await replayDeadLetters(deps, {}, 'ann')).toEqual({ ...NOTHING, matching: 1, replayable: 1 })
    const replayed = last(broker.records('images'))
    expect(replayed.offset).toBe(1)
    expect(plain(replayed)).toEqual(
      plain({ ...twice, headers: { ...twice.headers, [ORIGIN_HEADER]: text(`${origin}`) } }),
    )
    const [[path, mark]] = replays() as [[string, Record<string, Instant>]]
    expect(path).toBe(`bridges/images/replays/${partition}-${offset}`)
    expect(mark).toMatchObject({ by: 'ann', reason: 'too-large', origin })
    expect(Math.round(((mark['expireAt']?.micros ?? 0) - (mark['at']?.micros ?? 0)) / 86.4e9)).toBe(400)
    expect((await listed()).letters[0]?.replayed).toEqual({ at: mark['at'], by: 'ann' })
    expect((await listed()).summary).toMatchObject({ 'too-large': { letters: 1, replayed: 1 } })
  })

  it('lands what could not be taken before, once its cause is mended', async () => {
    await send(image('c1', { ce_id: 'e1', ce_source: 's' }))
    expect(await objects()).toEqual([])
    maxInputBytes = 1000
    await replayDeadLetters(deps, {}, 'ann')
    await bridge()
    expect(await objects()).toHaveLength(1)
    expect((await listed()).letters).toHaveLength(1)
  })

  it('sends none a second time, unless it is asked to', async () => {
    await send(image('c1'), image('c2'))
    await replayDeadLetters(deps, { customer: 'c1' }, 'ann')
    expect(await replayDeadLetters(deps, {}, 'ann')).toEqual({ ...NOTHING, matching: 2, replayable: 1, already: 1 })
    expect(await planReplay(deps, {})).toEqual({ ...NOTHING, matching: 2, already: 2 })
    expect(broker.records('images').map(sizes)).toEqual([
      ['c1', 120],
      ['c2', 120],
      ['c1', 120],
      ['c2', 120],
    ])
    expect(await replayDeadLetters(deps, { again: true, customer: 'c2' }, 'bob')).toMatchObject({ replayable: 1 })
    expect(broker.records('images')).toHaveLength(5)
    expect(new Set(replays().map(([, { by }]) => by))).toEqual(new Set(['ann', 'bob']))
  })

  it('makes a dead letter again of one that was not mended, which is a letter of its own', async () => {
    await send(image('c1'))
    await replayDeadLetters(deps, {}, 'ann')
    await bridge()
    expect(await planReplay(deps, {})).toEqual({ ...NOTHING, matching: 2, replayable: 1, already: 1 })
  })

  it('keeps the identity of a record without a ce_id, however often it is replayed', async () => {
    const nameOf = (record: KafkaRecord) => {
      const parsed = parseRecord(record, { maxInputBytes: 1000, datarefBuckets: [] })
      return 'refused' in parsed ? parsed.refused : parsed.rawName
    }
    await send(image('c1'))
    await replayDeadLetters(deps, {}, 'ann')
    await bridge()
    await replayDeadLetters(deps, {}, 'ann')
    const names = broker.records('images').map(nameOf)
    expect(names).toHaveLength(3)
    expect(new Set(names)).toEqual(new Set([`kafka/c1/images-0-0-${START + 1}/image`]))
    maxInputBytes = 1000
    await bridge()
    await replayDeadLetters(deps, { again: true }, 'ann')
    await bridge()
    expect(await objects()).toEqual([names[0]])
  })

  it('removes what a sender forged in our name, in whatever case it is written', async () => {
    await send(image('c1', { DARKROOM_ORIGIN: 'x', darkroom_reason: 'mine', Darkroom_Value_Bytes: '1' }))
    await replayDeadLetters(deps, {}, 'ann')
    expect(Object.keys(last(broker.records('images')).headers).sort()).toEqual([
      'ce_specversion',
      'content-type',
      ORIGIN_HEADER,
    ])
  })

  it('keeps the order, stops at its limit, and goes on from there the next time', async () => {
    await send(...Array.from({ length: 7 }, (_, i) => image('c1', { ce_id: `e${i}`, ce_source: 's' })))
    const progress: number[] = []
    const watched = {
      ...deps,
      progress: ({ replayable }: { readonly replayable: number }) => progress.push(replayable),
    }
    const first = await replayDeadLetters(watched, { limit: 3 }, 'ann')
    expect(first).toEqual({ ...NOTHING, matching: 3, replayable: 3 })
    expect(progress).toEqual([1, 2, 3])
    expect(await replayDeadLetters(deps, { limit: 3 }, 'ann')).toMatchObject({ matching: 6, replayable: 3, already: 3 })
    const ids = broker.records('images').slice(7)
    expect(ids.map((record) => textOf(record.headers['ce_id']?.[0]))).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5'])
  })

  it('leaves out those whose bytes are not there, those whose id is taken, and those of another topic', async () => {
    maxInputBytes = 1000
    await send(image('c1', { ce_id: 'e1', ce_source: 's' }, JPEG), image('c1', { ce_id: 'e1', ce_source: 's' }))
    maxInputBytes = 50
    gate = ({ kind, topic }, phase) => {
      if (kind === 'send' && topic === 'images.dlq' && phase === 'before') {
        gate = () => {}
        throw new KafkaFault('too-large', 'no record of that size')
      }
    }
    await send(image('c2'))
    const [foreign] = broker.records('images.dlq') as [KafkaRecord]
    broker.append('images.dlq', 0, { ...foreign, headers: { ...foreign.headers, darkroom_topic: text('payments') } })
    const { letters } = await listed({ customer: 'c2', limit: 2 })
    expect(letters).toMatchObject([{ reason: 'too-large', bytes: 120, leftOut: true }, { from: { topic: 'payments' } }])
    const counts = { ...NOTHING, matching: 3, idConflict: 1, leftOut: 1, otherTopic: 1 }
    expect(await planReplay(deps, { again: true })).toEqual(counts)
    expect(await replayDeadLetters(deps, { again: true }, 'ann')).toEqual(counts)
    expect(broker.records('images')).toHaveLength(3)
  })

  it('goes on past one that the topic takes no more', async () => {
    await send(image('c1'), image('c2', { ce_subject: 'x'.repeat(500) }), image('c3'))
    maxRecordBytes = 500
    expect(await replayDeadLetters(deps, {}, 'ann')).toEqual({ ...NOTHING, matching: 3, replayable: 2, tooLarge: 1 })
    expect(replays()).toHaveLength(2)
  })

  it.each(['before', 'after'] as const)(
    'that fails %s a record was sent says so, and sends it again the next time: at least once',
    async (when) => {
      await send(image('c1', { ce_id: 'e1', ce_source: 's' }), image('c1', { ce_id: 'e2', ce_source: 's' }))
      let sends = 0
      gate = ({ kind }, phase) => {
        if (kind === 'send' && phase === when && ++sends === 2) throw new KafkaFault('unreachable', 'no broker answers')
      }
      await expect(replayDeadLetters(deps, {}, 'ann')).rejects.toThrow('no broker answers')
      expect(replays()).toHaveLength(1)
      gate = () => {}
      expect(await replayDeadLetters(deps, {}, 'ann')).toEqual({ ...NOTHING, matching: 2, replayable: 1, already: 1 })
      maxInputBytes = 1000
      await bridge()
      expect(await objects()).toHaveLength(2)
    },
  )

  it('is told as it was where Firestore fails, and by a client that tries again sends nothing more', async () => {
    await send(image('c1'), image('c1'))
    const client = broker.client()
    const readAll: typeof client.readAll = async (topic, group, visit) => {
      const stubborn = async (record: KafkaRecord) => {
        for (let tries = 0; ; tries++) {
          try {
            return await visit(record)
          } catch (cause) {
            if (tries === 3) throw new KafkaFault('other', 'tried in vain', { cause })
          }
        }
      }
      await client.readAll(topic, group, stubborn)
    }
    const failing = { ...deps, kafka: { ...client, readAll }, store: { get: deps.store.get.bind(store), transact } }
    async function transact(): Promise<never> {
      throw new Error('Firestore is away')
    }
    await expect(replayDeadLetters(failing, {}, 'ann')).rejects.toThrow('Firestore is away')
    expect(broker.records('images')).toHaveLength(3)
  })

  it('handles once what a client reads twice, as it does where its group is shared out anew', async () => {
    await send(image('c1'), image('c1'))
    const client = broker.client()
    const twice: typeof client.readAll = async (topic, group, visit) => {
      await client.readAll(topic, group, visit)
      await client.readAll(topic, group, visit)
    }
    deps = { ...deps, kafka: { ...client, readAll: twice } }
    expect((await listed()).letters).toHaveLength(2)
    expect(await replayDeadLetters(deps, { again: true }, 'ann')).toMatchObject({ replayable: 2 })
  })

  it('knows a letter of a topic that was made anew from the one that stood in its place', async () => {
    await send(image('c1'))
    await replayDeadLetters(deps, {}, 'ann')
    broker = newBroker()
    deps = { ...deps, kafka: broker.client() }
    landedUpTo = 0
    await send(image('c1'))
    expect(await replayDeadLetters(deps, {}, 'ann')).toEqual({ ...NOTHING, matching: 1, replayable: 1 })
    expect(await planReplay(deps, {})).toMatchObject({ already: 1 })
  })
})

describe("on the admin's page", () => {
  const call = (request: LettersRequest, more: Partial<CallContext> = {}) =>
    adminLetters(deps, request, { by: 'ann@example.org', progress: () => {}, outOfTime: () => false, ...more })
  const list = (filter: LetterFilter = {}, limit = 500) => ({ action: 'list', filter, limit }) as const
  const replayOf = (filter: LetterFilter, start = true) =>
    ({ action: 'replay', filter, start, operation: '2026-11-23T12:00:00.000Z~0123456789abcdef' }) as const
  /** Time is up once so many letters were looked at. */
  const until = (letters: number) => () => letters-- <= 0

  it('lists the newest first, as many as are asked for, and says how many more there are', async () => {
    await send(image('c1', { ce_id: 'e1', ce_source: 's', ce_subject: '<b>.jpg' }), image('c2'), image('c3'))
    broker.append('images.dlq', 1, { key: null, value: null, headers: {}, timestamp: 9e18 })
    expect(await call(list({ customer: 'c1' }))).toEqual({
      action: 'list',
      letters: [
        {
          partition: expect.any(Number),
          offset: expect.any(Number),
          reason: 'too-large',
          detail: 'The image has 120 bytes, and the limit is 50.',
          origin: 'images/0/0',
          customer: 'c1',
          fileName: '<b>.jpg',
          bytes: 120,
          at: expect.stringMatching(/^2026-11-23T12:00:00/),
          replayed: null,
        },
      ],
      more: 0,
      complete: true,
    })
    const newest = await call(list({}, 2))
    expect(newest).toMatchObject({ letters: [{ reason: 'not-ours', at: '', origin: '' }, { customer: 'c3' }], more: 2 })
  })

  it('replays one, and all that match, once each, by whoever asked', async () => {
    await send(image('c1'), image('c2'), image('c3'))
    const [one] = (await listed({ customer: 'c2' })).letters as [DeadLetter]
    const at = { partition: one.partition, offset: one.offset }
    const counts = { ...NOTHING, action: 'replay' }
    expect(await call(replayOf({}, false))).toEqual({ ...counts, matching: 3, replayable: 3 })
    expect(await call(replayOf({ at }))).toEqual({ ...counts, matching: 1, replayable: 1 })
    expect(await call(replayOf({ at }))).toEqual({ ...counts, matching: 1, already: 1 })
    const told: object[] = []
    expect(await call(replayOf({}), { progress: (each) => told.push(each) })).toEqual({
      ...counts,
      matching: 3,
      replayable: 2,
      already: 1,
    })
    expect(told).toHaveLength(3)
    expect(broker.records('images')).toHaveLength(6)
    const shown = await call(list({ customer: 'c2' }))
    const replayed = { at: expect.stringMatching(/Z$/), by: 'ann@example.org' }
    expect(shown).toMatchObject({ letters: [{ replayed }] })
  })

  it('stops where time is up, and goes on with the rest when it is called again', async () => {
    await send(...Array.from({ length: 7 }, (_, i) => image(`c${i}`)))
    expect(await call(list(), { outOfTime: until(3) })).toMatchObject({ letters: { length: 3 }, complete: false })
    expect(await call(replayOf({}, false), { outOfTime: until(5) })).toMatchObject({ matching: 5, complete: false })
    expect(await call(replayOf({}), { outOfTime: until(4) })).toMatchObject({ replayable: 4, complete: false })
    expect(await call(replayOf({}))).toMatchObject({ replayable: 3, already: 4, complete: true })
    const sent = broker.records('images').slice(7)
    expect(sent.map(({ key }) => textOf(key)).sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
  })

  it('reads no further than to the one that is asked for', async () => {
    await send(image('c1'), image('c2'), image('c3'))
    const [{ partition, offset }] = (await listed({ customer: 'c1' })).letters as [DeadLetter]
    let looks = 0
    const outOfTime = () => ++looks < 0
    expect(await call(replayOf({ at: { partition, offset } }), { outOfTime })).toMatchObject({ replayable: 1 })
    expect(looks).toBeLessThan(3)
  })

  it('counts those that the topic takes no more', async () => {
    await send(image('c1'), image('c2', { ce_subject: 'x'.repeat(500) }))
    maxRecordBytes = 500
    expect(await call(replayOf({}))).toMatchObject({ matching: 2, replayable: 1, tooLarge: 1 })
  })

  it('knows every reason for which the bridge refuses a record', () => {
    expect(LETTER_REASONS).toEqual([...Object.keys(REFUSALS), 'not-ours'])
  })

  it('says where there is no Kafka, what is wrong with it, and that there is no such reason', async () => {
    const context = { by: 'ann', progress: () => {}, outOfTime: () => false }
    expect(await adminLetters(null, list(), context)).toEqual({ action: 'none' })
    await expect(call(list({ reason: 'ugly' }))).rejects.toThrow(RangeError)
    deps = { ...deps, topic: 'other' }
    await expect(call(list())).rejects.toMatchObject({
      name: 'Refused',
      code: 'failed-precondition',
      message: expect.stringContaining('other.dlq'),
    })
  })
})

it('shows hostile text on one line of a terminal, and leaves JSON JSON', () => {
  const hostile = 'a\u001b[2Jb\r\nc\u0085\u202egpj.exe\u{e0041}\ud800\u2028ü💥'
  const shown = 'a\\u001b[2Jb\\u000d\\u000ac\\u0085\\u202egpj.exe\\udb40\\udc41\\ud800\\u2028ü💥'
  expect(printable(hostile)).toBe(shown)
  expect(JSON.parse(printable(JSON.stringify({ hostile })))).toEqual({ hostile })
})

function plain({ key, value, headers: all }: KafkaRecordToSend) {
  const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
  return {
    key: hex(key),
    value: hex(value),
    headers: Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.map(hex)])),
  }
}
