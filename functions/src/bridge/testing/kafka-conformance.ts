import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { KafkaFault, type Consumer, type ConsumerEvents, type KafkaClient, type KafkaRecord } from '../kafka.ts'
import type { KafkaRecordToAppend } from './memory-kafka.ts'

export interface KafkaHarness {
  readonly client: KafkaClient
  /** Of two partitions, with nothing in them. */
  readonly topic: string
  /** That nobody has used. */
  readonly group: string
  /** More than one fetch brings, in bytes, and no more than the broker takes. */
  readonly largeBytes: number
  /** More than the broker takes. */
  readonly tooLargeBytes: number
  /** Not by the client: what another producer writes, in a batch of its own. */
  append(partition: number, records: readonly KafkaRecordToAppend[]): Promise<void>
  /** Resolves with the offset behind what it has written. */
  appendUndecodable(partition: number): Promise<number>
  addPartition(): Promise<void>
  /** What retention does: records before `start` are there no more. */
  truncate(partition: number, start: number): Promise<void>
}

/** What one consumer was told. It holds the consumer to the rules of {@link ConsumerEvents} as well. */
class Listener implements ConsumerEvents {
  readonly assignments: (readonly number[])[] = []
  readonly fetches: { readonly partition: number; readonly records: readonly KafkaRecord[] }[] = []
  readonly stops: { readonly partition: number; readonly offset: number; readonly reason: string }[] = []
  readonly faults: KafkaFault[] = []
  /** Rules that were broken. */
  readonly wrongs: string[] = []
  over = false
  #busy = false
  #changed = Promise.withResolvers<void>()

  assigned(partitions: readonly number[]): void {
    this.#told('assigned', () => this.assignments.push([...partitions].sort((a, b) => a - b)))
  }

  records(partition: number, records: readonly KafkaRecord[]): void {
    this.#told('records', () => {
      if (records.length === 0) this.wrongs.push('records without any')
      this.fetches.push({ partition, records })
    })
  }

  undecodable(partition: number, offset: number, reason: string): void {
    this.#told('undecodable', () => this.stops.push({ partition, offset, reason }))
  }

  failed(fault: KafkaFault): void {
    this.#told('failed', () => this.faults.push(fault))
    this.over = true
  }

  /** The partitions that it has, in their order. */
  get partitions(): readonly number[] {
    return this.assignments.at(-1) ?? []
  }

  of(partition: number): readonly KafkaRecord[] {
    return this.fetches.filter((fetch) => fetch.partition === partition).flatMap(({ records }) => records)
  }

  texts(partition: number): readonly string[] {
    return this.of(partition).map(({ value }) => Buffer.from(value ?? []).toString())
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.faults.length > 0) throw this.faults[0]
      await this.#changed.promise
    }
  }

  #told(what: string, note: () => void): void {
    if (this.over) this.wrongs.push(`${what} after the end`)
    if (this.#busy) this.wrongs.push(`${what} at the same time as another`)
    this.#busy = true
    note()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
    this.#busy = false
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)
const record = (text: string, more: Partial<KafkaRecordToAppend> = {}): KafkaRecordToAppend => ({
  key: null,
  value: bytes(text),
  headers: {},
  ...more,
})
const numbered = (count: number, name = 'record') => Array.from({ length: count }, (_, i) => `${name} ${i}`)
const codeOf = (error: unknown) => (error instanceof KafkaFault ? error.code : String(error))
const same = (a: Uint8Array | null | undefined, b: Uint8Array) =>
  a !== null && a !== undefined && Buffer.compare(a, b) === 0

/** Records as any producer may write them. */
const KINDS: readonly KafkaRecordToAppend[] = [
  record('plain'),
  record('with a key', { key: bytes('größe 漢字') }),
  record('with an empty key', { key: new Uint8Array() }),
  record('', { key: bytes('without a value'), value: null }),
  record('', { key: bytes('an empty value') }),
  record('', { value: Uint8Array.from({ length: 256 }, (_, i) => i) }),
  record('', { value: new Uint8Array(new ArrayBuffer(100), 10, 20).fill(7) }),
  record('several headers', { headers: { ce_id: [bytes('1')], ce_type: [bytes('a.b')], none: [new Uint8Array()] } }),
  record('one header twice', { headers: { trace: [bytes('first'), bytes('second')], ce_id: [bytes('2')] } }),
  record('text in headers', { headers: { größe: [bytes('漢字 😀')], ce_subject: [bytes('a%20b "c"\n')] } }),
  record('bytes in headers', { headers: { raw: [Uint8Array.of(0, 255, 254, 128, 13, 10)] } }),
  record('names that objects have', { headers: { constructor: [bytes('a')], toString: [bytes('b')] } }),
].map((one, i) => ({ ...one, timestamp: Date.UTC(2026, 10, 24) + i }))

/** What every {@link KafkaClient} owes its callers. `make` gives a topic and a group of its own for each test. */
export function kafkaConformance(make: () => Promise<KafkaHarness>): void {
  let test: KafkaHarness
  let listeners: Listener[]
  let open: Consumer[]
  beforeEach(async () => {
    listeners = []
    open = []
    test = await make()
  })
  afterEach(async () => {
    await Promise.all(open.map((consumer) => consumer.leave()))
    expect(listeners.flatMap(({ wrongs }) => wrongs)).toEqual([])
  })

  async function consume({ group = test.group, listener = new Listener() } = {}) {
    listeners.push(listener)
    const consumer = await test.client.consume(test.topic, group, listener)
    open.push(consumer)
    const leave = async () => {
      await consumer.leave()
      listener.over = true
    }
    return { listener, consumer, leave }
  }
  const append = (partition: number, ...texts: readonly string[]) =>
    test.append(
      partition,
      texts.map((text) => record(text)),
    )
  const offsets = () => test.client.offsets(test.topic, test.group)

  describe('a record', () => {
    it('comes byte for byte, in the order of offsets from the first on', async () => {
      await test.append(0, KINDS)
      const { listener } = await consume()
      expect(listener.assignments).toEqual([[0, 1]])
      await append(1, 'other')
      await listener.until(() => listener.of(0).length >= KINDS.length && listener.of(1).length > 0)
      const { topic } = test
      expect(listener.of(0)).toEqual(KINDS.map((one, offset) => ({ ...one, topic, partition: 0, offset })))
      expect(listener.of(1)).toMatchObject([{ topic, partition: 1, offset: 0, value: bytes('other') }])
    })

    it('has the time at which it was sent where its sender gave none', async () => {
      const before = Date.now()
      await append(0, 'now')
      const { listener } = await consume()
      await listener.until(() => listener.of(0).length > 0)
      const age = Date.now() - (listener.of(0)[0]?.timestamp ?? 0)
      expect(age).toBeGreaterThanOrEqual(0)
      expect(age).toBeLessThanOrEqual(Date.now() - before)
    })

    it('larger than a fetch comes between small ones', async () => {
      const large = randomBytes(test.largeBytes)
      await append(0, 'before')
      await test.append(0, [record('', { value: large })])
      await append(0, 'behind')
      await append(1, 'beside')
      const { listener } = await consume()
      await listener.until(() => listener.of(0).length >= 3 && listener.of(1).length > 0)
      const [before, middle, behind] = listener.of(0)
      expect([before?.value, behind?.value]).toEqual([bytes('before'), bytes('behind')])
      expect(same(middle?.value, large)).toBe(true)
      expect(listener.texts(1)).toEqual(['beside'])
    })

    it('holds on to no memory but its own', async () => {
      await test.append(0, [record('small', { key: bytes('key'), headers: { name: [bytes('value')] } })])
      await test.append(0, [record('', { value: randomBytes(test.largeBytes / 10) })])
      const { listener } = await consume()
      await listener.until(() => listener.of(0).length >= 2)
      for (const { key, value, headers } of listener.of(0)) {
        for (const part of [key, value, ...Object.values(headers).flat()])
          expect((part?.buffer.byteLength ?? 0) - (part?.byteLength ?? 0)).toBeLessThanOrEqual(8192)
      }
    })

    it('comes to every group', async () => {
      await append(0, 'a')
      const [one, two] = [await consume(), await consume({ group: `${test.group}-2` })]
      await Promise.all([one, two].map(({ listener }) => listener.until(() => listener.of(0).length > 0)))
      await append(0, 'b')
      await Promise.all([one, two].map(({ listener }) => listener.until(() => listener.of(0).length > 1)))
      for (const { listener } of [one, two]) expect(listener.texts(0)).toEqual(['a', 'b'])
    })
  })

  describe('a group', () => {
    it('goes on at what it has committed: what came after that comes again', async () => {
      await append(0, ...numbered(6))
      await append(1, 'other')
      const first = await consume()
      await first.listener.until(() => first.listener.of(0).length >= 6 && first.listener.of(1).length > 0)
      await first.consumer.commit(
        new Map([
          [0, 4],
          [1, 1],
        ]),
      )
      await first.leave()
      const { listener } = await consume()
      await append(0, 'record 6')
      await append(1, 'another')
      await listener.until(() => listener.of(0).length >= 3 && listener.of(1).length > 0)
      expect(listener.of(0).map(({ offset }) => offset)).toEqual([4, 5, 6])
      expect(listener.texts(1)).toEqual(['another'])
    })

    it('knows how far it has got, and where each partition begins and ends', async () => {
      const fresh = { committed: null, start: 0, end: 0 }
      expect(await offsets()).toEqual([
        { partition: 0, ...fresh },
        { partition: 1, ...fresh },
      ])
      await append(0, ...numbered(5))
      const { listener, consumer } = await consume()
      await listener.until(() => listener.of(0).length >= 5)
      await consumer.commit(new Map([[0, 3]]))
      await test.truncate(0, 2)
      expect(await offsets()).toEqual([
        { partition: 0, committed: 3, start: 2, end: 5 },
        { partition: 1, ...fresh },
      ])
    })

    it('may commit an offset once more, an earlier one too, or none', async () => {
      await append(0, ...numbered(3))
      const { listener, consumer } = await consume()
      await listener.until(() => listener.of(0).length >= 3)
      for (const next of [[0, 3] as const, [0, 3] as const, [0, 2] as const]) await consumer.commit(new Map([next]))
      await consumer.commit(new Map())
      expect((await offsets())[0]?.committed).toBe(2)
    })

    it('shares its partitions with a second member, and the first has them back when that one leaves, all unpaused', async () => {
      const first = await consume()
      first.consumer.pause([0, 1])
      const second = await consume()
      const [one, two] = [first.listener, second.listener]
      await Promise.all([one, two].map((listener) => listener.until(() => listener.partitions.length === 1)))
      expect(new Set([...one.partitions, ...two.partitions])).toEqual(new Set([0, 1]))
      const [kept, given] = [one.partitions[0] ?? -1, two.partitions[0] ?? -1]
      await append(kept, 'kept')
      await append(given, 'given')
      await one.until(() => one.texts(kept).length > 0)
      await two.until(() => two.texts(given).length > 0)
      await first.consumer.commit(new Map([[kept, 1]]))
      first.consumer.pause([0, 1])
      await second.leave()
      await one.until(() => one.partitions.length === 2)
      await append(kept, 'kept too')
      await append(given, 'given back')
      await one.until(() => one.of(kept).length > 1 && one.of(given).length > 1)
      expect(one.texts(kept)).toEqual(['kept', 'kept too'])
      // That one has committed nothing.
      expect(one.texts(given)).toEqual(['given', 'given back'])
      expect(two.of(kept)).toEqual([])
    })

    it('may be shared out anew while a member commits: the commit is refused as harmless, and the member goes on', async () => {
      const first = await consume()
      const outcomes = new Set<string>()
      let committing = true
      const commits = (async () => {
        while (committing) {
          outcomes.add(await first.consumer.commit(new Map([[0, 0]])).then(() => 'committed', codeOf))
          await setImmediate()
        }
      })()
      const second = await consume()
      await first.listener.until(() => first.listener.partitions.length === 1)
      await second.leave()
      await first.listener.until(() => first.listener.partitions.length === 2)
      committing = false
      await commits
      expect([...outcomes].filter((outcome) => !['committed', 'rebalancing'].includes(outcome))).toEqual([])
      await append(0, 'behind')
      await first.listener.until(() => first.listener.of(0).length > 0)
      await first.consumer.commit(new Map([[0, 1]]))
      expect((await offsets())[0]?.committed).toBe(1)
    })

    it('reads a partition that is added', async () => {
      const { listener, consumer } = await consume()
      await test.addPartition()
      await append(2, 'new')
      await listener.until(() => listener.of(2).length > 0)
      expect(listener.partitions).toEqual([0, 1, 2])
      expect(listener.texts(2)).toEqual(['new'])
      await consumer.commit(new Map([[2, 1]]))
      expect((await offsets())[2]).toEqual({ partition: 2, committed: 1, start: 0, end: 1 })
    })

    it('goes on at the start where what comes next was cut off: when it begins, and when it was paused', async () => {
      await append(0, ...numbered(3))
      const first = await consume()
      await first.listener.until(() => first.listener.of(0).length >= 3)
      await first.consumer.commit(new Map([[0, 1]]))
      await first.leave()
      await append(0, ...numbered(3, 'more'))
      await test.truncate(0, 4)
      const { listener, consumer } = await consume()
      await listener.until(() => listener.of(0).length >= 2)
      expect(listener.texts(0)).toEqual(['more 1', 'more 2'])
      consumer.pause([0])
      await append(0, ...numbered(3, 'most'))
      await test.truncate(0, 8)
      consumer.resume([0])
      await listener.until(() => listener.texts(0).includes('most 2'))
      // One fetch may have come before it was paused.
      expect(listener.texts(0).filter((text) => text !== 'most 0' && text !== 'most 1')).toEqual([
        'more 1',
        'more 2',
        'most 2',
      ])
    })
  })

  describe('a consumer', () => {
    it('gets no more than one fetch of what it has paused, then all of it in order', async () => {
      const COUNT = 5
      const size = Math.ceil(test.largeBytes / 5)
      for (let i = 0; i < COUNT; i++) await test.append(0, [record('', { value: new Uint8Array(size).fill(i) })])
      const listener = new Listener()
      const { consumer } = await consume({ listener })
      await listener.until(() => listener.of(0).length > 0)
      consumer.pause([0])
      const before = listener.of(0).length
      const fetches = listener.fetches.length
      // The other partition tells the time: each of its records is a fetch.
      for (let i = 1; i <= 3; i++) {
        await append(1, 'tick')
        await listener.until(() => listener.of(1).length >= i)
      }
      const meanwhile = listener.fetches.slice(fetches).filter(({ partition }) => partition === 0)
      expect(meanwhile.length).toBeLessThanOrEqual(1)
      expect(listener.of(0).length).toBeLessThan(COUNT)
      expect(before).toBeLessThan(COUNT)
      consumer.resume([0])
      await listener.until(() => listener.of(0).length >= COUNT)
      expect(listener.of(0).map(({ offset, value }) => [offset, value?.[0], value?.length])).toEqual(
        Array.from({ length: COUNT }, (_, i) => [i, i, size]),
      )
    })

    it('may pause what is paused, and resume what is not, or what it does not have', async () => {
      const { listener, consumer } = await consume()
      for (const _ of [1, 2]) consumer.pause([0, 7])
      for (const _ of [1, 2]) consumer.resume([0, 1, 7])
      await append(0, 'a')
      await listener.until(() => listener.of(0).length > 0)
      expect(listener.texts(0)).toEqual(['a'])
    })

    it('stops at what it cannot read, says where and why, and reads the other partitions on', async () => {
      await append(0, 'a', 'b')
      const behind = await test.appendUndecodable(0)
      await append(0, 'c')
      await append(1, 'd')
      const first = await consume()
      const { listener, consumer } = first
      await listener.until(() => listener.stops.length > 0 && listener.of(1).length > 0)
      const reason = expect.stringMatching(/\w{3}/) as string
      const stop = { partition: 0, offset: 2, reason }
      expect(listener.stops).toEqual([stop])
      expect(listener.texts(0)).toEqual(['a', 'b'])
      // Resumed, it stays where it is.
      consumer.pause([0, 1])
      consumer.resume([0, 1])
      for (const text of ['e', 'f']) {
        await append(1, text)
        await listener.until(() => listener.texts(1).includes(text))
      }
      expect(listener.texts(0)).toEqual(['a', 'b'])
      expect(listener.stops).toEqual([stop])

      const second = await consume()
      await Promise.all([first, second].map((each) => each.listener.until(() => each.listener.partitions.length === 1)))
      const owner = listener.partitions.includes(0) ? first : second
      const stops = owner === first ? 2 : 1
      await owner.listener.until(() => owner.listener.stops.length >= stops)
      expect(owner.listener.stops).toEqual([stop, stop].slice(0, stops))

      await owner.consumer.commit(new Map([[0, behind]]))
      await Promise.all([first.leave(), second.leave()])
      const third = (await consume()).listener
      await third.until(() => third.of(0).length > 0)
      expect(third.texts(0)).toEqual(['c'])
      expect(third.stops).toEqual([])
    })

    it('hears nothing more once it has left, and has nothing more to say', async () => {
      await append(0, ...numbered(20))
      const { listener, consumer, leave } = await consume()
      await listener.until(() => listener.of(0).length > 0)
      await leave()
      await append(0, 'behind')
      const other = (await consume({ group: `${test.group}-2` })).listener
      await other.until(() => other.texts(0).includes('behind'))
      expect(listener.texts(0)).not.toContain('behind')
      consumer.pause([0])
      consumer.resume([0])
      expect(await consumer.commit(new Map([[0, 5]])).catch(codeOf)).toBe('rebalancing')
      expect((await offsets())[0]?.committed).toBeNull()
      await leave()
    })
  })

  describe('a producer', () => {
    it('has sent what it has been told of, in order, byte for byte', async () => {
      const producer = await test.client.produce()
      const ofOneKey = KINDS.map((one) => ({ ...one, key: bytes('one key') }))
      for (const half of [ofOneKey.slice(0, 5), ofOneKey.slice(5)]) await producer.send(test.topic, half)
      expect((await offsets()).map(({ end }) => end).sort((a, b) => a - b)).toEqual([0, KINDS.length])
      await producer.send(test.topic, [record('without a key')])
      await producer.close()
      const { listener } = await consume()
      const partition = (await offsets()).findIndex(({ end }) => end >= KINDS.length)
      await listener.until(() => [0, 1].flatMap((each) => listener.of(each)).length > KINDS.length)
      expect(listener.of(partition).slice(0, KINDS.length)).toEqual(
        ofOneKey.map((one, offset) => ({
          ...one,
          topic: test.topic,
          partition,
          offset,
          timestamp: expect.any(Number) as number,
        })),
      )
      expect([0, 1].flatMap((each) => listener.texts(each))).toContain('without a key')
    })

    it('is refused a record that is too large, and goes on', async () => {
      const producer = await test.client.produce()
      const large = record('', { value: new Uint8Array(test.tooLargeBytes) })
      expect(await producer.send(test.topic, [large]).catch(codeOf)).toBe('too-large')
      await producer.send(test.topic, [record('small')])
      await producer.close()
      expect((await offsets()).reduce((sum, { end }) => sum + end, 0)).toBe(1)
    })
  })

  describe('reading all', () => {
    const read = async (visit: (record: KafkaRecord) => Promise<void> = async () => {}) => {
      const visited: KafkaRecord[] = []
      let visiting = false
      await test.client.readAll(test.topic, test.group, async (one) => {
        expect(visiting).toBe(false)
        visiting = true
        visited.push(one)
        await setImmediate()
        await visit(one)
        visiting = false
      })
      return visited
    }
    const textsOf = (records: readonly KafkaRecord[], partition: number) =>
      records.filter((one) => one.partition === partition).map(({ value }) => Buffer.from(value ?? []).toString())

    it('visits each record once, one after the other, and commits nothing', async () => {
      await test.append(0, KINDS)
      await append(1, ...numbered(20))
      const visited = await read()
      expect(visited.length).toBe(KINDS.length + 20)
      const { topic } = test
      expect(visited.filter(({ partition }) => partition === 0)).toEqual(
        KINDS.map((one, offset) => ({ ...one, topic, partition: 0, offset })),
      )
      expect(textsOf(visited, 1)).toEqual(numbered(20))
      expect((await offsets()).map(({ committed }) => committed)).toEqual([null, null])
      expect((await read()).length).toBe(visited.length)
    })

    it('ends where there is nothing', async () => {
      expect(await read()).toEqual([])
      await append(0, 'a', 'b')
      await test.truncate(0, 2)
      expect(await read()).toEqual([])
    })

    it('begins at the start and leaves out what comes meanwhile', async () => {
      await append(0, ...numbered(5))
      await test.truncate(0, 2)
      const visited = await read(({ value }) => append(0, `after ${Buffer.from(value ?? []).toString()}`))
      expect(textsOf(visited, 0)).toEqual(numbered(5).slice(2))
    })

    it('ends with what a visit throws, and visits nothing more', async () => {
      await append(0, ...numbered(3))
      const error = new Error('of the visit')
      const visit = jest.fn<Promise<void>, [KafkaRecord]>(async () => await Promise.reject(error))
      await expect(test.client.readAll(test.topic, test.group, visit)).rejects.toBe(error)
      expect(visit).toHaveBeenCalledTimes(1)
    })

    it('ends with a fault where something cannot be read', async () => {
      await append(0, 'a')
      await test.appendUndecodable(0)
      const visit = jest.fn<Promise<void>, [KafkaRecord]>(async () => {})
      expect(await test.client.readAll(test.topic, test.group, visit).catch(codeOf)).toBe('other')
      expect(visit).toHaveBeenCalledTimes(1)
    })
  })

  it('says of whatever is asked about an unknown topic that there is none', async () => {
    const { client, group } = test
    const topic = `${test.topic}-unknown`
    const producer = await client.produce()
    const listener = new Listener()
    const answers = await Promise.all([
      client.consume(topic, group, listener).catch(codeOf),
      client.offsets(topic, group).catch(codeOf),
      client.readAll(topic, group, async () => {}).catch(codeOf),
      producer.send(topic, [record('a')]).catch(codeOf),
    ])
    await producer.close()
    expect(answers).toEqual(answers.map(() => 'unknown-topic'))
    // Who has no consumer hears nothing.
    expect([...listener.assignments, ...listener.faults]).toEqual([])
  })
}
