import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { LogFields } from '../intake/log.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import { MemoryObjects, type MemoryObjectsOptions } from '../intake/testing/memory-objects.ts'
import { Instant } from '../ledger/instant.ts'
import { Bridge, type BridgeDeps, type BridgeSettings } from './bridge.ts'
import { KafkaFault, type ConsumerEvents, type KafkaClient, type KafkaRecord } from './kafka.ts'
import { deadLetterTopic } from './land.ts'
import { parseRecord } from './parse.ts'
import { MemoryKafka, type KafkaGate } from './testing/memory-kafka.ts'
import { bytes, JPEG, OPTIONS, recordOf, structuredOf, type Sent } from './testing/records.ts'
import { Time } from './testing/time.ts'

const TOPIC = 'images'
const DEAD = deadLetterTopic(TOPIC)
const GROUP = 'bridge'
/** Records of one fetch. */
const FETCH = 3
const SETTINGS: BridgeSettings = { topic: TOPIC, group: GROUP, memoryBytes: 1_000_000, uploads: 4 }

type ObjectGate = NonNullable<MemoryObjectsOptions['gate']>

/** A broker and buckets in which everything can fail or hang, and any number of bridges between them. */
class Surroundings {
  readonly time = new Time()
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = []
  /** Called at each operation; may wait, or throw. */
  atKafka: KafkaGate = () => {}
  atRaw: ObjectGate = () => {}
  atArchive: ObjectGate = () => {}
  /** Names of raw objects, one for each try. */
  readonly creates: string[] = []
  /** Tries of one bridge. */
  mostAtOnce = 0
  /** Rules that no bridge may break, and were broken. */
  readonly wrongs: string[] = []
  readonly #bridges: Bridge[] = []
  /** Where the partitions' logs begin. */
  readonly #starts = [0, 0]
  readonly kafka = new MemoryKafka({
    fetchRecords: FETCH,
    gate: async (operation, phase) => {
      this.time.touch()
      await setImmediate()
      await this.atKafka(operation, phase)
      if (operation.kind === 'commit' && phase === 'after') await this.#checkCommitted()
    },
  })
  readonly raw = new MemoryObjects({
    now: () => Instant.ofMillis(this.time.now),
    gate: async (operation, phase) => {
      if (operation.kind !== 'create') return
      this.time.touch()
      if (phase === 'before') this.creates.push(operation.path)
      await setImmediate()
      await this.atRaw(operation, phase)
    },
  })
  readonly archive = new MemoryObjects({
    now: () => Instant.ofMillis(this.time.now),
    gate: (operation, phase) => {
      this.time.touch()
      return this.atArchive(operation, phase)
    },
  })

  constructor() {
    this.kafka.createTopic(TOPIC, 2)
    this.kafka.createTopic(DEAD, 1)
  }

  async start(settings: Partial<BridgeSettings> = {}, kafka: KafkaClient = this.kafka.client()): Promise<Bridge> {
    const log = (level: string) => (message: string, fields: LogFields) => this.lines.push({ level, message, fields })
    const deps: BridgeDeps = {
      kafka,
      raw: this.#watched(),
      bucket: () => this.archive,
      limits: OPTIONS,
      erased: async () => false,
      settings: { ...SETTINGS, ...settings },
      clock: () => this.time.now,
      sleep: this.time.sleep,
      log: { info: log('info'), warn: log('warn'), error: log('error') },
    }
    const bridge = await Bridge.start(deps)
    this.#bridges.push(bridge)
    return bridge
  }

  /** Each an event of its own, unless `sent` says otherwise. */
  send(partition: number, ...sent: readonly Sent[]): void {
    for (const each of sent) this.kafka.append(TOPIC, partition, recordOf(each))
  }

  /** Its retention removes what is before `start`. */
  truncate(partition: number, start: number): void {
    this.#starts[partition] = start
    this.kafka.truncate(TOPIC, partition, start)
  }

  get committed(): readonly (number | undefined)[] {
    const committed = this.kafka.committed(GROUP, TOPIC)
    return [committed.get(0), committed.get(1)]
  }

  get ends(): readonly (number | undefined)[] {
    const records = this.kafka.records(TOPIC)
    return [0, 1].map((each) => records.filter(({ partition }) => partition === each).length || undefined)
  }

  letters(): readonly string[] {
    return this.kafka.records(DEAD).map(({ headers }) => `${text(headers, 'partition')}/${text(headers, 'offset')}`)
  }

  of(level: 'info' | 'warn' | 'error', message: string): readonly LogFields[] {
    return this.lines
      .filter((line) => line.level === level && line.message.includes(message))
      .map(({ fields }) => fields)
  }

  untilAllCommitted(): Promise<void> {
    return this.time.until(() => String(this.committed) === String(this.ends))
  }

  /** What was sent lies in the bucket, byte for byte and once, or among the dead letters; and nothing else does. */
  async expectComplete(): Promise<void> {
    for (const record of this.kafka.records(TOPIC))
      expect([placeOf(record), await this.#isDurable(record)]).toEqual([placeOf(record), true])
    const names = this.kafka.records(TOPIC).map(nameOf)
    const objects = await this.raw.list({ limit: 10_000 })
    expect(objects.map(({ name }) => name).sort()).toEqual([...new Set(names)].filter((name) => name !== null).sort())
  }

  async end(): Promise<void> {
    this.atKafka = this.atRaw = this.atArchive = () => {}
    const ended = isOver(Promise.all(this.#bridges.map((bridge) => bridge.stop())))
    await this.time.pass(10_000)
    this.time.end()
    expect(this.wrongs).toEqual([])
    expect(ended()).toBe(true)
  }

  /** The raw bucket, as one bridge has it. */
  #watched(): ObjectStore {
    const underWay = new Set<string>()
    const { raw } = this
    return {
      stat: (name) => raw.stat(name),
      read: (name, generation) => raw.read(name, generation),
      list: (options) => raw.list(options),
      delete: (...which) => raw.delete(...which),
      create: async (name, ...more) => {
        if (underWay.has(name)) this.wrongs.push(`${name} twice at the same time`)
        underWay.add(name)
        this.mostAtOnce = Math.max(this.mostAtOnce, underWay.size)
        try {
          return await raw.create(name, ...more)
        } finally {
          underWay.delete(name)
        }
      },
    }
  }

  async #checkCommitted(): Promise<void> {
    const committed = this.kafka.committed(GROUP, TOPIC)
    for (const record of this.kafka.records(TOPIC)) {
      const { partition, offset } = record
      const passed = offset >= (this.#starts[partition] ?? 0) && offset < (committed.get(partition) ?? 0)
      if (passed && !(await this.#isDurable(record))) this.wrongs.push(`${placeOf(record)} is committed, and nowhere`)
    }
  }

  async #isDurable(record: KafkaRecord): Promise<boolean> {
    const name = nameOf(record)
    if (this.letters().includes(placeOf(record))) return true
    if (name === null) return false
    const stat = await this.raw.stat(name)
    const parsed = parseRecord(record, OPTIONS)
    if (stat === null || 'refused' in parsed || !('bytes' in parsed.data)) return stat !== null
    return Buffer.compare(await this.raw.read(name, stat.generation), parsed.data.bytes) === 0
  }
}

const text = (headers: KafkaRecord['headers'], name: string) =>
  Buffer.from(headers[`darkroom_${name}`]?.[0] ?? []).toString()
const placeOf = ({ partition, offset }: KafkaRecord) => `${partition}/${offset}`
const nameOf = (record: KafkaRecord) => {
  const parsed = parseRecord(record, OPTIONS)
  return 'refused' in parsed ? null : parsed.rawName
}
const image = (id: string, more: Sent = {}): Sent => ({
  value: bytes([...JPEG], id),
  ...more,
  headers: { ce_id: id, ...more.headers },
})
const images = (count: number, name = 'e') => Array.from({ length: count }, (_, i) => image(`${name}-${i}`))
const nameOfImage = (id: string) => nameOf(recordOf(image(id))) ?? ''
const words = (id: string) => image(id, { value: bytes('just words') })
const fault = (code: 'unreachable' | 'rebalancing' | 'authorization' = 'unreachable') =>
  new KafkaFault(code, 'as was asked for')

/** Becomes true; a condition for {@link Time.until}. */
function isOver(promise: Promise<unknown>): () => boolean {
  let over = false
  void promise.finally(() => (over = true))
  return () => over
}

/** Holds what comes to it until it is let go. */
class Barrier {
  readonly #open = Promise.withResolvers<void>()
  held = 0
  async pass(): Promise<void> {
    this.held++
    await this.#open.promise
  }
  release(): void {
    this.#open.resolve()
  }
}

let around: Surroundings
beforeEach(() => {
  around = new Surroundings()
})
afterEach(() => around.end())

/** Whoever creates this raw object waits. */
function holding(id: string): Barrier {
  const barrier = new Barrier()
  const name = nameOfImage(id)
  around.atRaw = async ({ path }, phase) => {
    if (phase === 'before' && path === name) await barrier.pass()
  }
  return barrier
}

describe('what is in the topic', () => {
  it('is put into the raw bucket, all of it, and committed', async () => {
    around.send(0, ...images(20, 'a'))
    const bridge = await around.start()
    around.send(1, ...images(7, 'b'))
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(around.committed).toEqual([20, 7])
    expect(bridge.counts).toEqual({
      landed: 27,
      deadLetters: 0,
      dropped: 0,
      bytes: expect.any(Number) as number,
      faults: 0,
    })
    expect(bridge.counts.bytes).toBe(
      around.kafka.records(TOPIC).reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
    )
    await around.time.until(() => bridge.committed(0) === 20 && bridge.committed(1) === 7)
    expect(bridge.committed(2)).toBeNull()
    expect(bridge).toMatchObject({ partitions: [0, 1], arrived: 27, open: 0, held: 0, lastCommitAt: around.time.now })
  })

  it('is taken from where the group was, by whoever comes next', async () => {
    around.send(0, ...images(5, 'a'))
    const first = await around.start()
    await around.untilAllCommitted()
    await around.time.until(isOver(first.stop()))
    around.send(0, ...images(5, 'b'))
    await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(around.creates).toHaveLength(10)
  })

  it('is shared out among the bridges of a group, and taken over where one is gone without a word', async () => {
    const [one, two] = [around.kafka.client(), around.kafka.client()]
    const [first, second] = [await around.start({}, one), await around.start({}, two)]
    for (const partition of [0, 1]) around.send(partition, ...images(10, `a${partition}`))
    await around.untilAllCommitted()
    expect([first.partitions, second.partitions]).toEqual([[0], [1]])
    expect([first.counts.landed, second.counts.landed]).toEqual([10, 10])
    around.kafka.kill(one)
    for (const partition of [0, 1]) around.send(partition, ...images(10, `b${partition}`))
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(second.counts.landed).toBe(30)
  })
})

describe('an offset', () => {
  it('is never committed past a record that is not durable, however many behind it are', async () => {
    around.send(0, ...images(12))
    around.send(1, ...images(5, 'other'))
    const barrier = holding('e-4')
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 16)
    await around.time.pass(5000)
    expect(around.committed).toEqual([4, 5])
    expect(bridge.open).toBe(1)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('moves past a dead letter once that is acknowledged', async () => {
    around.send(0, image('a'), words('b'), image('c'))
    const barrier = new Barrier()
    around.atKafka = async ({ kind }, phase) => {
      if (kind === 'send' && phase === 'before') await barrier.pass()
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 2 && barrier.held === 1)
    await around.time.pass(5000)
    expect(around.committed[0]).toBe(1)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(around.letters()).toEqual(['0/1'])
    expect(bridge.counts).toMatchObject({ landed: 2, deadLetters: 1, faults: 0 })
  })

  it('begins anew where the log was cut off and begun anew', async () => {
    const commits: (readonly [number, number])[] = []
    let told: ConsumerEvents | null = null
    const client: KafkaClient = {
      ...around.kafka.client(),
      consume: async (_topic, _group, events) => {
        told = events
        events.assigned([0])
        return {
          pause: () => {},
          resume: () => {},
          commit: async (next) => void commits.push(...next),
          leave: async () => {},
        }
      },
    }
    const deliver = (...offsets: readonly number[]) =>
      told?.records(
        0,
        offsets.map((offset) => recordOf({ ...image(`e-${offset}`), partition: 0, offset })),
      )
    const barrier = holding('e-12')
    const bridge = await around.start({}, client)
    deliver(10, 11, 12)
    await around.time.until(() => commits.length === 1)
    deliver(0, 1)
    await around.time.until(() => commits.length === 2)
    // What was taken of the old log says nothing of the new one.
    barrier.release()
    await around.time.until(() => bridge.open === 0)
    await around.time.pass(5000)
    deliver(2)
    await around.time.until(() => commits.length === 3)
    expect(commits).toEqual([
      [0, 12],
      [0, 2],
      [0, 3],
    ])
  })

  it('waits for the next time without a word where the group is being shared out anew', async () => {
    around.send(0, ...images(3))
    let left = 2
    around.atKafka = ({ kind }, phase) => {
      if (kind === 'commit' && phase === 'before' && left-- > 0) throw fault('rebalancing')
    }
    await around.start()
    await around.untilAllCommitted()
    expect(left).toBeLessThan(0)
    expect(around.of('warn', '')).toEqual([])
  })

  it('goes with the next where it could not be committed, and that is logged', async () => {
    around.send(0, ...images(3))
    let left = 2
    const error = fault()
    around.atKafka = ({ kind }, phase) => {
      if (kind === 'commit' && phase === 'before' && left-- > 0) throw error
    }
    const bridge = await around.start()
    await around.untilAllCommitted()
    expect(around.of('warn', 'could not be committed')).toEqual([{ error }, { error }])
    await around.time.until(() => bridge.committed(0) === 3)
  })
})

describe('at the same time', () => {
  it.each([1, 3, 8])('no more than %d records are put into the bucket where that is the limit', async (uploads) => {
    for (const partition of [0, 1]) around.send(partition, ...images(20, `p${partition}`))
    const barrier = new Barrier()
    around.atRaw = (_, phase) => (phase === 'before' ? barrier.pass() : undefined)
    await around.start({ uploads })
    await around.time.pass(5000)
    expect(barrier.held).toBe(uploads)
    barrier.release()
    await around.untilAllCommitted()
    expect(around.mostAtOnce).toBe(uploads)
  })

  it('no event is worked on twice: the second waits for the first and finds it done', async () => {
    around.send(0, image('same'), image('a'))
    around.send(1, image('same'), image('b'), image('same'))
    const barrier = holding('same')
    const bridge = await around.start({ uploads: 10 })
    await around.time.until(() => bridge.counts.landed === 2)
    await around.time.pass(5000)
    expect(barrier.held).toBe(1)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(bridge.counts).toMatchObject({ landed: 5, deadLetters: 0 })
  })

  it('an event that comes again while its first try fails is tried in its place, and lands once', async () => {
    around.send(0, image('same'))
    around.send(1, image('same'))
    around.atRaw = (_, phase) => {
      if (phase === 'before' && around.creates.length === 1) throw new Error('no answer')
    }
    const bridge = await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(bridge.counts).toMatchObject({ landed: 2, faults: 1 })
  })

  it('an event with other bytes is a dead letter, and the first stays', async () => {
    around.send(0, image('same'), image('same', { value: bytes([...JPEG], 'other') }))
    await around.start()
    await around.untilAllCommitted()
    expect(around.letters()).toEqual(['0/1'])
    await around.expectComplete()
  })
})

describe('memory', () => {
  const RECORD = 100
  const sized = (count: number, { size = RECORD, name = 'e' } = {}) =>
    images(count, name).map((each) => ({ ...each, value: bytes([...JPEG], 'x'.repeat(size - JPEG.length)) }))

  it('is filled to half and one fetch, whatever the lag, and fetching goes on below a quarter', async () => {
    const memoryBytes = 40 * RECORD
    for (const partition of [0, 1]) around.send(partition, ...sized(60, { name: `p${partition}` }))
    const tickets = new Tickets()
    let fetches = 0
    around.atRaw = async (_, phase) => {
      if (phase === 'before') await tickets.take()
    }
    around.atKafka = ({ kind }, phase) => {
      if (kind === 'fetch' && phase === 'before') fetches++
    }
    const bridge = await around.start({ memoryBytes })
    await around.time.pass(5000)
    let resumed = 0
    while (bridge.held > 0) {
      const before = { held: bridge.held, fetches }
      expect(bridge.held).toBeLessThan(memoryBytes / 2 + FETCH * RECORD)
      tickets.give(1)
      await around.time.until(() => bridge.held !== before.held)
      await around.time.pass(1000)
      if (before.held - RECORD >= memoryBytes / 4) expect(fetches).toBe(before.fetches)
      else if (fetches > before.fetches) {
        resumed++
        if (bridge.arrived < 120) expect(bridge.held).toBeGreaterThanOrEqual(memoryBytes / 2)
      }
    }
    expect(resumed).toBeGreaterThan(5)
    expect(bridge.counts.landed).toBe(120)
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('counts what an event in structured mode takes decoded', async () => {
    const event = structuredOf({
      specversion: '1.0',
      id: 's',
      source: 'test',
      customerid: 'acme',
      data_base64: Buffer.from(JPEG).toString('base64'),
    })
    around.send(0, event)
    around.kafka.append(TOPIC, 1, event)
    const barrier = new Barrier()
    around.atRaw = (_, phase) => (phase === 'before' ? barrier.pass() : undefined)
    around.truncate(0, 1)
    const bridge = await around.start()
    await around.time.until(() => barrier.held === 1)
    expect(bridge.held).toBe(3 * (event.value?.length ?? 0))
    barrier.release()
    await around.time.until(() => around.committed[1] === 1)
    expect(bridge.held).toBe(0)
  })

  it('is no reason to wait for ever for a record that is larger than all of it', async () => {
    around.send(0, ...sized(5, { size: 900 }))
    await around.start({ memoryBytes: 500 })
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('is given back by what only waited when the group is shared out anew', async () => {
    around.send(0, ...sized(10))
    const barrier = new Barrier()
    around.atRaw = (_, phase) => (phase === 'before' ? barrier.pass() : undefined)
    const bridge = await around.start({ memoryBytes: 20 * RECORD, uploads: 2 })
    await around.time.pass(5000)
    expect(bridge.held).toBeGreaterThanOrEqual(10 * RECORD)
    around.atKafka = ({ kind }) => (kind === 'fetch' ? barrier.pass() : undefined)
    around.kafka.rebalance(GROUP)
    expect(bridge).toMatchObject({ held: 2 * RECORD, open: 2 })
    around.atKafka = () => {}
    barrier.release()
    await around.untilAllCommitted()
    expect(bridge.held).toBe(0)
    await around.expectComplete()
  })

  describe('for what a record only refers to', () => {
    let most: number
    let inMemory: Map<string, number>
    /** Puts objects of so many bytes into another bucket, and sends what refers to them. */
    async function refer(count: number, size: number): Promise<void> {
      const sizeOf = new Map<string, number>()
      most = 0
      inMemory = new Map()
      for (let i = 0; i < count; i++) {
        const content = bytes([...JPEG], String(i).padStart(size - JPEG.length, 'x'))
        const { generation } = await around.archive.create(`a-${i}`, content, 'image/jpeg')
        const refers = image(`e-${i}`, {
          value: null,
          headers: { ce_dataref: `gs://camera-archive/a-${i}#${generation}` },
        })
        around.send(i % 2, refers)
        sizeOf.set(`a-${i}`, size)
        sizeOf.set(nameOfImage(`e-${i}`), size)
      }
      around.atArchive = async ({ kind, path }, phase) => {
        if (kind !== 'read' || phase !== 'before') return
        inMemory.set(nameOfImage(path.replace('a-', 'e-')), sizeOf.get(path) ?? 0)
        most = Math.max(
          most,
          [...inMemory.values()].reduce((sum, each) => sum + each, 0),
        )
        await setImmediate()
      }
      around.atRaw = ({ path }, phase) => {
        if (phase === 'after') inMemory.delete(path)
      }
    }

    it('is a quarter at the most', async () => {
      await refer(20, 400)
      await around.start({ memoryBytes: 4000, uploads: 10 })
      await around.untilAllCommitted()
      expect(most).toBe(800)
      await around.expectComplete()
    })

    it('is enough for one that is larger than that quarter, by itself', async () => {
      await refer(6, 900)
      await around.start({ memoryBytes: 2000, uploads: 10 })
      await around.untilAllCommitted()
      expect(most).toBe(900)
      await around.expectComplete()
    })
  })
})

describe('a fault', () => {
  it('of Storage is tried again until it passes, holds the offset back and is never a dead letter', async () => {
    around.send(0, ...images(4))
    let left = 14
    const error = new Error('503')
    const name = nameOfImage('e-1')
    around.atRaw = ({ path }, phase) => {
      if (phase === 'before' && path === name && left-- > 0) throw error
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 3 && bridge.counts.faults >= 3)
    await around.time.until(() => around.committed[0] === 1)
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(bridge.counts).toMatchObject({ landed: 4, deadLetters: 0, faults: 14 })
    expect(around.kafka.records(DEAD)).toEqual([])
    const warnings = around.of('warn', 'it is tried again')
    for (const [i, { retryInMilliseconds, ...fields }] of warnings.entries()) {
      expect(fields).toEqual({ topic: TOPIC, partition: 0, offset: 1, tries: i + 1, error })
      const longest = Math.min(30_000, 200 * 2 ** i)
      expect(retryInMilliseconds).toBeGreaterThanOrEqual(Math.floor(longest / 2))
      expect(retryInMilliseconds).toBeLessThanOrEqual(longest)
    }
    expect(warnings).toHaveLength(14)
  })

  it('of Storage whose answer alone was lost puts nothing there twice', async () => {
    around.send(0, ...images(3))
    let left = 2
    around.atRaw = (_, phase) => {
      if (phase === 'after' && left-- > 0) throw new Error('socket hang up')
    }
    const bridge = await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(bridge.counts).toMatchObject({ landed: 3, faults: 2 })
  })

  it('of Storage that never answers is one after two minutes, and what takes effect later changes nothing', async () => {
    around.send(0, ...images(3))
    const barrier = holding('e-1')
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.faults === 1)
    expect(around.time.now).toBeGreaterThanOrEqual(120_000)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
    // The first try was still there when the second began: of two creations one wins.
    expect(around.wrongs.splice(0)).toHaveLength(1)
    expect(bridge.counts).toMatchObject({ landed: 3, deadLetters: 0 })
  })

  it('of another bucket that never answers is one as well, and takes no memory for ever', async () => {
    const content = bytes([...JPEG], 'x'.repeat(500))
    for (const id of ['a', 'b']) {
      const { generation } = await around.archive.create(id, content, 'image/jpeg')
      around.send(0, image(id, { value: null, headers: { ce_dataref: `gs://camera-archive/${id}#${generation}` } }))
    }
    let reads = 0
    around.atArchive = async ({ kind }, phase) => {
      if (kind === 'read' && phase === 'before' && reads++ === 0) await new Promise(() => {})
    }
    const bridge = await around.start({ memoryBytes: 2400 })
    await around.time.pass(600_000)
    expect(around.committed[0]).toBe(2)
    expect(bridge.counts).toMatchObject({ landed: 2, deadLetters: 0 })
    await around.expectComplete()
  })

  it.each([
    ['before', 1],
    ['after', 3],
  ] as const)('of the dead letters, %s they are written, is tried again as well', async (at, letters) => {
    around.send(0, image('a'), words('b'), image('c'))
    let left = 2
    around.atKafka = ({ kind }, phase) => {
      if (kind === 'send' && phase === at && left-- > 0) throw fault()
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 2)
    expect(around.committed[0] ?? 0).toBeLessThan(2)
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(bridge.counts).toMatchObject({ deadLetters: 1, faults: 2 })
    expect(around.letters()).toEqual(Array.from({ length: letters }, () => '0/1'))
  })

  it('of one record holds no other back while there is room', async () => {
    around.send(0, ...images(30))
    around.send(1, ...images(5, 'other'))
    const name = nameOfImage('e-2')
    let broken = true
    around.atRaw = ({ path }, phase) => {
      if (phase === 'before' && path === name && broken) throw new Error('503')
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 34)
    await around.time.until(() => around.committed[1] === 5)
    broken = false
    await around.untilAllCommitted()
    await around.expectComplete()
  })
})

describe('a rebalance', () => {
  it('in mid-batch repeats what is not committed and loses nothing', async () => {
    for (const partition of [0, 1]) around.send(partition, ...images(10, `p${partition}`))
    const barrier = new Barrier()
    around.atRaw = async (_, phase) => {
      if (phase === 'before' && around.creates.length > 6) await barrier.pass()
    }
    const bridge = await around.start()
    await around.time.until(() => barrier.held === SETTINGS.uploads)
    const before = around.committed
    around.kafka.rebalance(GROUP)
    await around.time.pass(5000)
    // What was under way before it no longer decides what is committed.
    expect(around.committed).toEqual(before)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
    expect(around.creates.length).toBeGreaterThan(20)
    expect(bridge.counts.deadLetters).toBe(0)
    const shared = { topic: TOPIC, partitions: [0, 1] }
    expect(around.of('info', 'has partitions')).toEqual([shared, shared])
  })

  it('goes on fetching where it had been paused, and pauses again at half', async () => {
    around.send(0, ...images(40))
    const barrier = new Barrier()
    around.atRaw = (_, phase) => (phase === 'before' ? barrier.pass() : undefined)
    const bridge = await around.start({ memoryBytes: 200 })
    await around.time.pass(5000)
    expect(bridge.held).toBeLessThan(100 + FETCH * 20)
    around.kafka.rebalance(GROUP)
    await around.time.pass(5000)
    expect(bridge.held).toBeLessThan(100 + FETCH * 20)
    barrier.release()
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('gives up what another gets: its records are committed by that one alone', async () => {
    around.send(1, ...images(8))
    const barrier = holding('e-3')
    const first = await around.start()
    await around.time.until(() => first.counts.landed === 7)
    const second = await around.start()
    await around.time.until(() => second.counts.landed === 7)
    expect(around.creates.filter((name) => name === nameOfImage('e-3'))).toHaveLength(2)
    expect([first.partitions, second.partitions]).toEqual([[0], [1]])
    barrier.release()
    await around.untilAllCommitted()
    await around.time.until(() => second.committed(1) === 8)
    expect(first.committed(1)).toBeNull()
    await around.expectComplete()
  })
})

describe('what can not be read', () => {
  it('stops its partition and no other, and is known by its place', async () => {
    around.send(0, ...images(6, 'a'))
    around.send(1, ...images(6, 'b'))
    around.kafka.corrupt(TOPIC, 0, 4, 'a damaged batch')
    const bridge = await around.start()
    await around.time.until(() => bridge.undecodable.size > 0)
    await around.time.until(() => around.committed[0] === 4 && around.committed[1] === 6)
    const what = { offset: 4, reason: 'a damaged batch' }
    expect([...bridge.undecodable]).toEqual([[0, what]])
    expect(around.of('error', 'a partition has stopped')).toEqual([{ topic: TOPIC, partition: 0, ...what }])
    around.send(1, ...images(3, 'c'))
    await around.time.until(() => around.committed[1] === 9)
    expect(around.committed[0]).toBe(4)
  })

  it('is forgotten once the topic has removed it', async () => {
    around.send(0, ...images(6))
    around.kafka.corrupt(TOPIC, 0, 4, 'a damaged batch')
    const bridge = await around.start()
    await around.time.until(() => bridge.undecodable.size > 0 && around.committed[0] === 4)
    around.truncate(0, 5)
    around.kafka.rebalance(GROUP)
    await around.time.until(() => around.committed[0] === 6)
    expect(bridge.undecodable.size).toBe(0)
  })
})

describe('a stop', () => {
  it('waits for what is under way, commits it, leaves the group and drops what only waits', async () => {
    around.send(0, ...images(12))
    const barrier = new Barrier()
    around.atRaw = (_, phase) => (phase === 'before' ? barrier.pass() : undefined)
    const bridge = await around.start({ uploads: 2 })
    await around.time.until(() => barrier.held === 2 && bridge.open > 2)
    const stopping = bridge.stop()
    expect(bridge.open).toBe(2)
    barrier.release()
    await around.time.until(isOver(stopping))
    expect(around.committed[0]).toBe(2)
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(around.creates).toHaveLength(2)
  })

  it('abandons after four seconds what hangs, and commits what is durable before it', async () => {
    around.send(0, ...images(5))
    const barrier = holding('e-2')
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 4)
    const started = around.time.now
    await around.time.until(isOver(bridge.stop()))
    expect(around.time.now - started).toBe(4000)
    expect(around.committed[0]).toBe(2)
    expect(around.kafka.members(GROUP)).toEqual([])
    // What comes of it later changes nothing.
    barrier.release()
    await around.time.pass(10_000)
    expect(around.committed[0]).toBe(2)
    await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('is not held up by a record that is tried again and again', async () => {
    around.send(0, ...images(2))
    around.atRaw = (_, phase) => {
      if (phase === 'before') throw new Error('503')
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.faults > 10)
    const started = around.time.now
    await around.time.until(isOver(bridge.stop()))
    expect(around.time.now - started).toBeLessThanOrEqual(4000)
    expect(around.of('warn', '').length).toBe(bridge.counts.faults)
    const { faults } = bridge.counts
    await around.time.pass(100_000)
    expect(bridge.counts.faults).toBe(faults)
  })

  it('is not held up where one reference hangs and others wait for its memory', async () => {
    const content = bytes([...JPEG], 'x'.repeat(500))
    const barrier = new Barrier()
    for (const id of ['a', 'b', 'c']) {
      const { generation } = await around.archive.create(id, content, 'image/jpeg')
      around.send(0, image(id, { value: null, headers: { ce_dataref: `gs://camera-archive/${id}#${generation}` } }))
    }
    around.atArchive = ({ kind }, phase) => (kind === 'read' && phase === 'before' ? barrier.pass() : undefined)
    const bridge = await around.start({ memoryBytes: 2400 })
    await around.time.until(() => barrier.held === 1)
    await around.time.until(isOver(bridge.stop()))
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(around.of('warn', '')).toEqual([])
  })

  it.each(['hangs', 'fails'])('ends where the last commit %s', async (how) => {
    around.send(0, ...images(3))
    around.atKafka = async ({ kind }) => {
      if (kind !== 'commit') return
      if (how === 'hangs') await new Promise(() => {})
      throw fault()
    }
    const bridge = await around.start()
    await around.time.until(() => bridge.counts.landed === 3)
    const started = around.time.now
    await around.time.until(isOver(bridge.stop()))
    expect(around.time.now - started).toBeLessThanOrEqual(2000)
    expect(around.kafka.members(GROUP)).toEqual([])
    around.atKafka = () => {}
    await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('is the end: nothing is taken or committed after it, and a second one is none', async () => {
    around.send(0, ...images(3))
    const bridge = await around.start()
    await around.untilAllCommitted()
    await around.time.until(isOver(bridge.stop()))
    await bridge.stop()
    around.send(0, ...images(3, 'late'))
    let operations = 0
    around.atKafka = () => void operations++
    await around.time.pass(60_000)
    expect(operations).toBe(0)
    expect(around.creates).toHaveLength(3)
    expect(bridge.counts.landed).toBe(3)
  })

  it('takes no record that comes while it lasts', async () => {
    around.send(0, image('a'))
    const barrier = holding('a')
    const bridge = await around.start()
    await around.time.until(() => barrier.held === 1)
    const stopping = bridge.stop()
    around.send(0, ...images(3))
    await around.time.pass(2000)
    barrier.release()
    await around.time.until(isOver(stopping))
    expect(around.committed[0]).toBe(1)
    expect(around.creates).toHaveLength(1)
  })
})

describe('a consumer that ends by itself', () => {
  it('is told by its fault, and stopping is then quick', async () => {
    around.send(0, ...images(3))
    const bridge = await around.start()
    await around.untilAllCommitted()
    const error = fault('authorization')
    around.kafka.fail(GROUP, error)
    expect(await bridge.failed).toBe(error)
    const started = around.time.now
    await around.time.until(isOver(bridge.stop()))
    expect(around.time.now).toBe(started)
  })

  it('leaves uncommitted what it could not commit any more: it comes again', async () => {
    around.send(0, ...images(6))
    const barrier = holding('e-5')
    const bridge = await around.start()
    await around.time.until(() => around.committed[0] === 5)
    around.kafka.fail(GROUP, fault())
    await bridge.failed
    barrier.release()
    await around.time.until(isOver(bridge.stop()))
    expect(around.committed[0]).toBe(5)
    expect(around.of('warn', '')).toEqual([])
    await around.start()
    await around.untilAllCommitted()
    await around.expectComplete()
  })

  it('before it has joined is thrown, and its producer is closed', async () => {
    const error = fault('authorization')
    around.atKafka = ({ kind }) => {
      if (kind === 'join') throw error
    }
    const closed: string[] = []
    const client = around.kafka.client()
    const produce = async () => ({ ...(await client.produce()), close: async () => void closed.push('closed') })
    await expect(around.start({}, { ...client, produce })).rejects.toBe(error)
    expect(closed).toEqual(['closed'])
  })

  it('after records have come, and before it has joined, leaves nobody behind who goes on with them', async () => {
    around.send(0, ...images(3))
    around.atRaw = (_, phase) => {
      if (phase === 'before') throw new Error('503')
    }
    around.atKafka = async ({ kind }, phase) => {
      if (kind !== 'join' || phase !== 'after') return
      while (around.creates.length === 0) await setImmediate()
      throw fault()
    }
    const starting = around.start()
    starting.catch(() => {})
    await around.time.until(isOver(starting.catch(() => {})))
    await expect(starting).rejects.toThrow('as was asked for')
    const tries = around.creates.length
    await around.time.pass(120_000)
    expect(around.creates).toHaveLength(tries)
  })
})

it('loses nothing, commits nothing too early and puts nothing there twice, whatever fails and whoever comes and goes', async () => {
  const events = fc.constantFrom('send', 'words', 'again', 'rebalance', 'join', 'kill', 'stop', 'pass')
  await fc.assert(
    fc.asyncProperty(
      fc.array(events, { maxLength: 40 }),
      fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 30 }),
      async (script, luck) => {
        await around.end()
        around = new Surroundings()
        let drawn = 0
        const unlucky = () => luck[drawn++ % luck.length] === 0
        around.atRaw = () => {
          if (unlucky()) throw new Error('503')
        }
        around.atKafka = ({ kind }) => {
          if ((kind === 'commit' || kind === 'send') && unlucky()) throw fault()
        }
        const running: { readonly bridge: Bridge; readonly client: KafkaClient }[] = []
        const join = async () => {
          const client = around.kafka.client()
          running.push({ client, bridge: await around.start({ uploads: 3, memoryBytes: 300 }, client) })
        }
        let sent = 0
        for (const event of script) {
          sent++
          if (event === 'send') around.send(sent % 2, ...images(4, `e${sent}`))
          if (event === 'words') around.send(sent % 2, words(`w${sent}`))
          if (event === 'again') around.send(sent % 2, image('again'))
          if (event === 'rebalance') around.kafka.rebalance(GROUP)
          if (event === 'join') await join()
          if (event === 'kill') around.kafka.kill(running.shift()?.client ?? around.kafka.client())
          if (event === 'stop') void running.shift()?.bridge.stop()
          if (event === 'pass') await around.time.pass(700)
        }
        around.atRaw = around.atKafka = () => {}
        await join()
        await around.untilAllCommitted()
        await around.expectComplete()
      },
    ),
    { numRuns: 150 },
  )
})

it('leaves nothing behind at its signals, however long it runs', async () => {
  const listeners = (signals: Iterable<AbortSignal>) =>
    [...signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0)
  await around.start()
  await around.time.pass(5000)
  const before = listeners(around.time.signals)
  await around.time.pass(600_000)
  expect(listeners(around.time.signals)).toBe(before)
})

/** A barrier that lets one pass for each that is given. */
class Tickets {
  #left = 0
  #given = Promise.withResolvers<void>()

  give(count: number): void {
    this.#left += count
    this.#given.resolve()
    this.#given = Promise.withResolvers()
  }

  async take(): Promise<void> {
    while (this.#left === 0) await this.#given.promise
    this.#left--
  }
}
