import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import type { LogFields } from '../intake/log.ts'
import { MemoryObjects, type MemoryObjectsOptions } from '../intake/testing/memory-objects.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore, type Gate } from '../ledger/testing/memory-store.ts'
import { KafkaFault, type FaultCode } from './kafka.ts'
import { drain, Worker, type BridgeRun, type Drained } from './run.ts'
import { bridgePath, type BridgeStatus } from './status.ts'
import { MemoryKafka, type KafkaGate, type KafkaOperation } from './testing/memory-kafka.ts'
import { bytes, JPEG, OPTIONS, recordOf } from './testing/records.ts'
import { Time } from './testing/time.ts'

const TOPIC = 'images'
const GROUP = 'bridge'
const SECOND = 1000
const MINUTE = 60 * SECOND

interface Line {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** What a run has around it, in which everything can fail or hang. */
class Surroundings {
  readonly time = new Time()
  readonly lines: Line[] = []
  /** Of Kafka, as they begin, and when. */
  readonly operations: (KafkaOperation & { readonly at: number })[] = []
  /** Called at each operation; may wait, or throw. */
  atKafka: KafkaGate = () => {}
  atRaw: NonNullable<MemoryObjectsOptions['gate']> = () => {}
  atStore: Gate = () => {}
  /** Called with each wish for results; may wait, or throw. */
  publish: (signal: AbortSignal) => Promise<void> | void = () => {}
  readonly published: number[] = []
  /** As an operator switches it. */
  paused = false
  #lastMicros = 0
  readonly kafka = new MemoryKafka({
    fetchRecords: 3,
    gate: async (operation, phase) => {
      this.time.touch()
      if (phase === 'before') this.operations.push({ ...operation, at: this.time.now })
      await setImmediate()
      await this.atKafka(operation, phase)
    },
  })
  readonly raw = new MemoryObjects({
    now: () => this.#now(),
    gate: async (operation, phase) => {
      this.time.touch()
      await setImmediate()
      await this.atRaw(operation, phase)
    },
  })
  readonly store = new MemoryStore({
    now: () => this.#now(),
    gate: (operation, phase) => {
      this.time.touch()
      return this.atStore(operation, phase)
    },
  })
  readonly #aborts: AbortController[] = []
  readonly #works: Promise<void>[] = []

  constructor() {
    this.kafka.createTopic(TOPIC, 2)
    this.kafka.createTopic(`${TOPIC}.dlq`, 1)
  }

  #now(): Instant {
    this.#lastMicros = Math.max(this.#lastMicros + 1, Date.UTC(2026, 10, 24) * 1000 + this.time.now * 1000)
    return Instant.ofMicros(this.#lastMicros)
  }

  run(member = 'm1'): BridgeRun {
    const log = (level: string) => (message: string, fields: LogFields) => this.lines.push({ level, message, fields })
    const logs = { info: log('info'), warn: log('warn'), error: log('error') }
    return {
      deps: {
        kafka: this.kafka.client(),
        raw: this.raw,
        bucket: () => this.raw,
        limits: OPTIONS,
        erased: async () => false,
        settings: { topic: TOPIC, group: GROUP, memoryBytes: 1_000_000, uploads: 4 },
        clock: () => this.time.now,
        sleep: this.time.sleep,
        log: logs,
      },
      store: this.store,
      log: logs,
      member,
      paused: async () => this.paused,
      publishResults: async (signal) => {
        this.published.push(this.time.now)
        await this.publish(signal)
      },
    }
  }

  drain(milliseconds = MINUTE): Promise<Drained> {
    return this.time.of(drain(this.run(), { milliseconds }))
  }

  work(): { readonly worker: Worker; readonly stop: () => Promise<void> } {
    const worker = new Worker(this.run())
    const abort = new AbortController()
    const work = worker.work(abort.signal)
    this.#aborts.push(abort)
    this.#works.push(work)
    const stop = () => {
      abort.abort()
      return this.time.of(work)
    }
    return { worker, stop }
  }

  /** Each an event of its own. */
  send(partition: number, count: number, name = `p${partition}`): void {
    for (let i = 0; i < count; i++) {
      const id = `${name}-${i}`
      this.kafka.append(TOPIC, partition, recordOf({ value: bytes([...JPEG], id), headers: { ce_id: id } }))
    }
  }

  get committed(): readonly (number | undefined)[] {
    const committed = this.kafka.committed(GROUP, TOPIC)
    return [committed.get(0), committed.get(1)]
  }

  of(kind: KafkaOperation['kind']): readonly number[] {
    return this.operations.filter((operation) => operation.kind === kind).map(({ at }) => at)
  }

  logged(message: string): readonly LogFields[] {
    return this.lines.filter((line) => line.message.includes(message)).map(({ fields }) => fields)
  }

  async landed(): Promise<number> {
    return (await this.raw.list({ limit: 10_000 })).length
  }

  async status(): Promise<BridgeStatus<Instant> | null> {
    return (await this.store.get(bridgePath(TOPIC))) as unknown as BridgeStatus<Instant> | null
  }

  async member(name = 'm1') {
    return (await this.status())?.members[name]
  }

  async end(): Promise<void> {
    this.atKafka = this.atRaw = this.atStore = () => {}
    for (const abort of this.#aborts) abort.abort()
    let ended = false
    void Promise.all(this.#works).finally(() => (ended = true))
    await this.time.pass(20 * SECOND)
    this.time.end()
    expect(ended).toBe(true)
  }
}

let around: Surroundings
beforeEach(() => {
  around = new Surroundings()
})
afterEach(() => around.end())

const fault = (code: FaultCode = 'unreachable') => new KafkaFault(code, 'as was asked for')
const forever = () => new Promise<never>(() => {})
const EMPTY = { landed: 0, deadLetters: 0, dropped: 0, bytes: 0, faults: 0 }

/** Kafka can't be asked, so many times. */
function unreachable(times: number, code?: FaultCode): void {
  let left = times
  around.atKafka = ({ kind }) => {
    if (kind === 'offsets' && left-- > 0) throw fault(code)
  }
}

/** Kafka takes its time to say where it is, but for the next time that it is asked. */
function slowToSay(): void {
  let asked = 0
  around.atKafka = async ({ kind }, phase) => {
    if (kind === 'offsets' && phase === 'before' && asked++ > 0)
      await around.time.sleep(3 * SECOND, new AbortController().signal)
  }
}

describe('a drain', () => {
  it('where nothing is left joins no group, and is over at once', async () => {
    expect(await around.drain()).toEqual({ outcome: 'idle', counts: EMPTY })
    expect(around.of('join')).toEqual([])
    expect(around.time.now).toBe(0)
    expect(await around.member()).toMatchObject({ kind: 'function', state: 'ended', problem: null })
    expect(around.published).toHaveLength(1)
  })

  it('takes what is there, commits it, leaves the group and says so', async () => {
    around.send(0, 10)
    around.send(1, 7)
    const { outcome, counts } = await around.drain()
    expect(outcome).toBe('idle')
    expect(counts).toMatchObject({ landed: 17, deadLetters: 0, faults: 0 })
    expect(around.committed).toEqual([10, 7])
    expect(await around.landed()).toBe(17)
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(await around.status()).toMatchObject({
      lag: 0,
      landed: 17,
      members: { m1: { kind: 'function', state: 'ended', landed: 17, open: 0, partitions: [], problem: null } },
    })
    expect(around.logged('bridge status').map(({ state }) => state)).toEqual(['starting', 'running', 'ended'])
    // A second one finds nothing to do.
    const joins = around.of('join').length
    expect(await around.drain()).toEqual({ outcome: 'idle', counts: EMPTY })
    expect(around.of('join')).toHaveLength(joins)
  })

  it('takes what comes while it runs', async () => {
    around.send(0, 3)
    around.atRaw = () => {
      if (around.kafka.records(TOPIC).length < 20) around.send(1, 1, `late-${around.kafka.records(TOPIC).length}`)
    }
    await around.drain()
    expect(await around.landed()).toBe(20)
    expect(around.committed).toEqual([3, 17])
  })

  it('ends when its time is up, and the next goes on where it was', async () => {
    around.send(0, 40)
    around.atRaw = async ({ kind }, phase) => {
      if (kind === 'create' && phase === 'before') await around.time.sleep(SECOND, new AbortController().signal)
    }
    const { outcome, counts } = await around.drain(5 * SECOND)
    expect(outcome).toBe('out-of-time')
    expect(around.time.now).toBeGreaterThanOrEqual(5 * SECOND)
    expect(around.time.now).toBeLessThan(8 * SECOND)
    expect(counts.landed).toBeGreaterThan(10)
    expect(counts.landed).toBeLessThan(40)
    expect(around.committed[0]).toBe(counts.landed)
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(around.published).toHaveLength(1)
    around.atRaw = () => {}
    expect(await around.drain()).toMatchObject({ outcome: 'idle', counts: { landed: 40 - counts.landed } })
  })

  it('ends when its time is up, though Storage hangs', async () => {
    around.send(0, 5)
    around.atRaw = forever
    expect(await around.drain(5 * SECOND)).toEqual({ outcome: 'out-of-time', counts: EMPTY })
    expect(around.time.now).toBeLessThan(11 * SECOND)
    expect(around.committed).toEqual([undefined, undefined])
    expect(await around.member()).toMatchObject({ state: 'ended' })
  })

  it('ends where nothing but a partition that can not be read has lag', async () => {
    around.send(0, 6)
    around.send(1, 4)
    around.kafka.corrupt(TOPIC, 0, 2, 'a damaged batch')
    expect(await around.drain()).toMatchObject({ outcome: 'idle', counts: { landed: 6 } })
    expect(around.time.now).toBeLessThan(10 * SECOND)
    expect(around.committed).toEqual([2, 4])
    expect((await around.status())?.partitions['0']).toMatchObject({
      lag: 4,
      undecodable: { offset: 2, reason: 'a damaged batch' },
    })
  })

  it('takes nothing while processing is paused, commits nothing, and still tells how much waits', async () => {
    around.send(0, 10)
    around.paused = true
    expect(await around.drain()).toEqual({ outcome: 'paused', counts: EMPTY })
    expect(around.of('join')).toEqual([])
    expect(await around.landed()).toBe(0)
    expect(around.committed).toEqual([undefined, undefined])
    expect(await around.status()).toMatchObject({ lag: 10 })
    // What has ended is answered all the same.
    expect(around.published).toHaveLength(1)
    around.paused = false
    expect(await around.drain()).toMatchObject({ outcome: 'idle', counts: { landed: 10 } })
  })

  it('ends once processing is paused: what has landed is committed, the rest waits', async () => {
    around.send(0, 40)
    around.atRaw = async ({ kind }, phase) => {
      if (kind === 'create' && phase === 'before') await around.time.sleep(SECOND, new AbortController().signal)
      if (around.time.now > 3 * SECOND) around.paused = true
    }
    const { outcome, counts } = await around.drain()
    expect(outcome).toBe('paused')
    expect(around.time.now).toBeLessThan(10 * SECOND)
    expect(counts.landed).toBeGreaterThan(0)
    expect(counts.landed).toBeLessThan(40)
    expect(around.committed[0]).toBe(counts.landed)
    expect(around.kafka.members(GROUP)).toEqual([])
    around.atRaw = () => {}
    around.paused = false
    await around.drain()
    expect(await around.landed()).toBe(40)
  })

  it('does not end before what it has taken is committed', async () => {
    around.send(0, 3)
    let left = 4
    around.atKafka = ({ kind }) => {
      if (kind === 'commit' && left-- > 0) throw fault()
    }
    expect((await around.drain()).outcome).toBe('idle')
    expect(around.committed[0]).toBe(3)
  })

  it('shares the topic with another that runs at the same time: each image lands once', async () => {
    for (const partition of [0, 1]) around.send(partition, 30)
    const both = ['m1', 'm2'].map((member) => drain(around.run(member), { milliseconds: MINUTE }))
    const results = await around.time.of(Promise.all(both))
    expect(results.map(({ outcome }) => outcome)).toEqual(['idle', 'idle'])
    for (const { counts } of results) expect(counts.landed).toBeGreaterThan(0)
    expect(around.committed).toEqual([30, 30])
    expect(await around.landed()).toBe(60)
    expect(around.kafka.records(`${TOPIC}.dlq`)).toEqual([])
    expect(Object.keys((await around.status())?.members ?? {})).toEqual(['m1', 'm2'])
  })

  it.each(['before it joins', 'while it joins', 'while it works'])(
    'throws what is wrong with Kafka %s, and has written it down then',
    async (when) => {
      around.send(0, 5)
      const error = fault('authorization')
      around.atStore = () => setImmediate()
      around.atKafka = ({ kind }, phase) => {
        if (kind === 'offsets' && when === 'before it joins') throw error
        if (kind === 'join' && when === 'while it joins') throw error
        if (kind === 'commit' && phase === 'after' && when === 'while it works') around.kafka.fail(GROUP, error)
      }
      await expect(around.drain()).rejects.toBe(error)
      expect(await around.member()).toMatchObject({
        kind: 'function',
        state: 'failing',
        problem: { code: 'authorization', message: 'as was asked for' },
      })
      expect(around.published).toEqual([])
      expect(around.kafka.members(GROUP)).toEqual([])
      around.atKafka = () => {}
      await around.drain()
      expect(await around.landed()).toBe(5)
      expect((await around.status())?.landed).toBe(5)
    },
  )

  it('leaves nobody at work where its consumer has ended', async () => {
    around.send(0, 5)
    let tries = 0
    around.atRaw = ({ kind }) => {
      if (kind !== 'create') return
      if (++tries === 10) around.kafka.fail(GROUP, fault())
      throw new Error('503')
    }
    await expect(around.drain()).rejects.toThrow(KafkaFault)
    const before = tries
    await around.time.pass(5 * MINUTE)
    expect(tries).toBe(before)
  })

  it('gives answers last, and throws what is wrong with them', async () => {
    around.send(0, 3)
    const error = fault()
    around.publish = async () => {
      expect(around.committed[0]).toBe(3)
      expect(around.kafka.members(GROUP)).toEqual([])
      throw error
    }
    await expect(around.drain()).rejects.toBe(error)
    expect(await around.member()).toMatchObject({ state: 'failing', problem: { code: 'unreachable' } })
    expect((await around.status())?.landed).toBe(3)
  })

  it.each([
    [0, SECOND],
    [MINUTE, MINUTE],
  ])('of %d milliseconds leaves the answers what is left, and a second at least', async (milliseconds, left) => {
    const timeouts = jest.spyOn(AbortSignal, 'timeout')
    try {
      await around.drain(milliseconds)
      expect(timeouts.mock.calls).toEqual([[left]])
    } finally {
      timeouts.mockRestore()
    }
  })

  it('takes everything where nothing can be told', async () => {
    around.send(0, 5)
    around.atStore = () => {
      throw new Error('503')
    }
    expect(await around.drain()).toMatchObject({ outcome: 'idle', counts: { landed: 5 } })
    expect(around.logged('could not be written down').length).toBeGreaterThan(0)
  })

  it('has seen what retention took before it reads on', async () => {
    around.send(0, 5)
    await around.drain()
    around.send(0, 5, 'lost')
    around.send(0, 5, 'kept')
    around.kafka.truncate(TOPIC, 0, 10)
    slowToSay()
    await around.drain()
    expect(await around.landed()).toBe(10)
    expect((await around.status())?.partitions['0']).toMatchObject({ committed: 15, expired: { from: 5, to: 10 } })
  })
})

describe('a worker', () => {
  it('leaves the group while processing is paused, is healthy, tells the lag, and goes on afterwards', async () => {
    const { worker, stop } = around.work()
    around.send(0, 5)
    await around.time.until(() => around.committed[0] === 5)
    around.paused = true
    await around.time.until(() => worker.health.state === 'paused')
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(worker.health).toMatchObject({ ok: true, problem: null, counts: { landed: 5 } })
    around.send(0, 7, 'later')
    const published = around.published.length
    await around.time.pass(MINUTE)
    expect(await around.landed()).toBe(5)
    expect(around.committed[0]).toBe(5)
    expect(await around.status()).toMatchObject({ lag: 7 })
    expect(around.published.length).toBeGreaterThan(published)
    around.paused = false
    await around.time.until(() => around.committed[0] === 12)
    expect(worker.health.state).toBe('running')
    around.paused = true
    await around.time.until(() => worker.health.state === 'paused')
    await stop()
    expect(worker.health.state).toBe('stopped')
  })

  it('takes what comes, for as long as it runs, and says how it is', async () => {
    const { worker } = around.work()
    expect(worker.health).toEqual({
      ok: true,
      state: 'starting',
      problem: null,
      partitions: [],
      open: 0,
      counts: EMPTY,
    })
    for (const round of [1, 2, 3]) {
      around.send(0, 5, `r${round}`)
      await around.time.until(() => around.committed[0] === 5 * round)
      await around.time.pass(MINUTE)
    }
    expect(worker.health).toMatchObject({
      ok: true,
      state: 'running',
      problem: null,
      partitions: [0, 1],
      open: 0,
      counts: { landed: 15 },
    })
    expect(await around.status()).toMatchObject({
      landed: 15,
      lag: 0,
      members: { m1: { kind: 'worker', state: 'running', landed: 15, partitions: [0, 1], problem: null } },
    })
  })

  it('tells at once of a partition that has stopped', async () => {
    const { worker } = around.work()
    await around.time.until(() => worker.health.state === 'running')
    await around.time.pass(4 * SECOND)
    around.send(0, 2)
    around.kafka.corrupt(TOPIC, 0, 1, 'a damaged batch')
    await around.time.pass(2 * SECOND)
    expect((await around.status())?.partitions['0']).toMatchObject({ undecodable: { offset: 1 } })
  })

  it('comes back after faults that pass, ever more slowly, and at most every half a minute', async () => {
    unreachable(8)
    around.send(0, 3)
    const { worker } = around.work()
    await around.time.until(() => around.of('offsets').length === 2)
    expect(worker.health).toMatchObject({ ok: false, state: 'failing', problem: 'as was asked for' })
    await around.time.until(() => worker.health.state === 'running')
    const waits = [1, 2, 4, 8, 16, 30, 30, 30]
    const lines = around.logged('no connection')
    expect(lines).toEqual(
      waits.map((seconds, i) => ({
        retryInMilliseconds: seconds * SECOND,
        failures: i + 1,
        error: expect.any(KafkaFault) as KafkaFault,
      })),
    )
    const [, ...asked] = around.of('offsets').slice(0, 9)
    expect(asked.map((at, i) => at - (around.of('offsets')[i] ?? 0))).toEqual(waits.map((seconds) => seconds * SECOND))
    expect(worker.health).toMatchObject({ ok: true, problem: null })
    await around.time.until(() => around.committed[0] === 3)
  })

  it.each(['tls', 'authentication', 'authorization', 'unknown-topic'] as const)(
    'tries once a minute where %s has to be mended by somebody',
    async (code) => {
      unreachable(5, code)
      const { worker } = around.work()
      await around.time.pass(4.5 * MINUTE)
      expect(around.of('offsets')).toEqual([0, 1, 2, 3, 4].map((minute) => minute * MINUTE))
      expect(worker.health.state).toBe('failing')
      expect(await around.member()).toMatchObject({ kind: 'worker', state: 'failing', problem: { code } })
      await around.time.until(() => worker.health.state === 'running')
      expect(around.time.now).toBe(5 * MINUTE)
    },
  )

  it('begins with a second again where it had run for more than a minute', async () => {
    const { worker } = around.work()
    const waits: unknown[] = []
    for (const ran of [5, 5, 61, 5, 120]) {
      await around.time.until(() => worker.health.state === 'running')
      await around.time.pass(ran * SECOND)
      around.kafka.fail(GROUP, fault())
      await around.time.until(() => worker.health.state === 'failing')
      waits.push(around.logged('no connection').at(-1)?.['retryInMilliseconds'])
    }
    expect(waits).toEqual([1, 2, 1, 2, 1].map((seconds) => seconds * SECOND))
  })

  it('notices at once that its consumer has ended, and counts on over all its connections', async () => {
    const { worker } = around.work()
    await around.time.pass(3 * SECOND)
    // Not yet told when the connection is lost.
    around.send(0, 5)
    await around.time.until(() => around.committed[0] === 5)
    const failedAt = around.time.now
    around.kafka.fail(GROUP, fault())
    await around.time.until(() => worker.health.state === 'failing')
    expect(around.time.now).toBe(failedAt)
    expect(worker.health).toMatchObject({ counts: { landed: 5 }, partitions: [], open: 0 })
    around.send(1, 4)
    await around.time.until(() => around.committed[1] === 4)
    expect(worker.health.counts).toMatchObject({ landed: 9, faults: 0 })
    await around.time.pass(MINUTE)
    expect((await around.status())?.landed).toBe(9)
    expect(around.logged('bridge status').reduce((sum, { landedMore }) => sum + Number(landedMore), 0)).toBe(9)
  })

  it('is starting until it has joined', async () => {
    let join = () => {}
    around.atKafka = async ({ kind }, phase) => {
      if (kind === 'join' && phase === 'before') await new Promise<void>((resolve) => (join = resolve))
    }
    const { worker } = around.work()
    await around.time.pass(MINUTE)
    expect(worker.health).toMatchObject({ ok: true, state: 'starting' })
    join()
    await around.time.until(() => worker.health.state === 'running')
  })

  it('has seen what retention took before it reads on', async () => {
    around.send(0, 5)
    const first = around.work()
    await around.time.until(() => around.committed[0] === 5)
    await first.stop()
    around.send(0, 10, 'more')
    around.kafka.truncate(TOPIC, 0, 10)
    slowToSay()
    around.work()
    await around.time.until(() => around.committed[0] === 15)
    await around.time.pass(20 * SECOND)
    expect((await around.status())?.partitions['0']?.expired).toEqual({ from: 5, to: 10 })
  })

  it('leaves nothing behind at its signals, however long it runs', async () => {
    const listeners = () =>
      [...around.time.signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0)
    around.work()
    await around.time.pass(3 * MINUTE)
    const before = listeners()
    await around.time.pass(30 * MINUTE)
    expect(listeners()).toBe(before)
  })
})

describe('a worker that is to end', () => {
  it('commits what is durable, leaves the group and says so', async () => {
    around.send(0, 20)
    around.atRaw = async ({ kind }, phase) => {
      if (kind === 'create' && phase === 'before') await around.time.sleep(SECOND, new AbortController().signal)
    }
    const { worker, stop } = around.work()
    await around.time.until(() => worker.health.counts.landed >= 8)
    const started = around.time.now
    await stop()
    expect(around.time.now - started).toBeLessThan(5 * SECOND)
    const { landed } = worker.health.counts
    expect(landed).toBeLessThan(20)
    expect(around.committed[0]).toBe(landed)
    expect(around.kafka.members(GROUP)).toEqual([])
    expect(worker.health).toMatchObject({ ok: false, state: 'stopped', partitions: [] })
    expect(await around.status()).toMatchObject({ landed, members: { m1: { state: 'ended', landed } } })
  })

  it('ends within ten seconds, whatever hangs', async () => {
    around.send(0, 5)
    const { worker, stop } = around.work()
    await around.time.until(() => around.committed[0] === 5)
    await around.time.pass(20 * SECOND)
    around.atRaw = around.atStore = around.publish = forever
    around.atKafka = ({ kind }) => (kind === 'offsets' || kind === 'commit' ? forever() : undefined)
    around.send(0, 5, 'more')
    await around.time.pass(20 * SECOND)
    const started = around.time.now
    await stop()
    expect(around.time.now - started).toBeLessThan(9 * SECOND)
    expect(worker.health.state).toBe('stopped')
    expect(around.kafka.members(GROUP)).toEqual([])
  })

  it('ends at once while it waits to try again', async () => {
    unreachable(Infinity, 'tls')
    const { worker, stop } = around.work()
    await around.time.pass(10 * SECOND)
    const started = around.time.now
    await stop()
    expect(around.time.now).toBe(started)
    expect(worker.health.state).toBe('stopped')
    expect(around.of('offsets')).toHaveLength(1)
  })
})

describe('the answers of a worker', () => {
  it('are asked for every five seconds', async () => {
    const { worker } = around.work()
    await around.time.until(() => worker.health.state === 'running')
    await around.time.pass(21 * SECOND)
    expect(around.published).toEqual([5, 10, 15, 20].map((seconds) => seconds * SECOND))
  })

  it('that fail are tried again with the next, and stop nothing', async () => {
    const error = fault()
    around.publish = () => {
      if (around.published.length <= 2) throw error
    }
    const { worker } = around.work()
    await around.time.until(() => around.published.length === 3)
    expect(around.logged('results could not be published')).toEqual([{ error }, { error }])
    expect(worker.health.state).toBe('running')
    around.send(0, 3)
    await around.time.until(() => around.committed[0] === 3)
  })

  it('that hang stop nothing either', async () => {
    around.publish = forever
    around.work()
    await around.time.pass(MINUTE)
    around.send(0, 3)
    await around.time.until(() => around.committed[0] === 3)
    expect(around.published).toHaveLength(1)
  })

  it('are not asked for while there is no Kafka', async () => {
    unreachable(5)
    const { worker } = around.work()
    await around.time.until(() => worker.health.state === 'running')
    expect(around.published).toEqual([])
  })
})

describe('what a worker tells', () => {
  it('is told at its start and then every ten seconds', async () => {
    around.work()
    await around.time.pass(65 * SECOND)
    const states = around.logged('bridge status').map(({ state }) => state)
    expect(states).toEqual(['starting', ...Array.from({ length: 7 }, () => 'running')])
  })

  it('has rates of what has been done since the last time', async () => {
    const { worker } = around.work()
    await around.time.until(() => worker.health.state === 'running')
    await around.time.pass(2 * SECOND)
    around.send(0, 20)
    await around.time.pass(10 * SECOND)
    const [, , line] = around.logged('bridge status')
    const { bytes: total } = worker.health.counts
    expect(line).toMatchObject({ landed: 20, landedMore: 20, imagesPerSecond: 2, bytesPerSecond: total / 10 })
    await around.time.pass(10 * SECOND)
    expect(around.logged('bridge status').at(-1)).toMatchObject({ landed: 20, landedMore: 0, imagesPerSecond: 0 })
    expect(await around.member()).toMatchObject({ open: 0, heldBytes: 0, secondsSinceCommit: expect.any(Number) })
  })

  it('is tried no more often where it can not be told, and the bridge works on', async () => {
    around.atStore = () => {
      throw new Error('503')
    }
    const { worker } = around.work()
    await around.time.pass(65 * SECOND)
    around.send(0, 3)
    await around.time.until(() => around.committed[0] === 3)
    expect(worker.health.state).toBe('running')
    expect(around.logged('could not be written down')).toHaveLength(8)
    around.atStore = () => {}
    await around.time.pass(15 * SECOND)
    expect(await around.status()).toMatchObject({ landed: 3, members: { m1: { state: 'running' } } })
  })

  it('is not told over and over where an answer had been long in coming', async () => {
    const answer = Promise.withResolvers<void>()
    around.atStore = () => answer.promise
    around.work()
    await around.time.pass(5 * MINUTE)
    around.atStore = () => {}
    answer.resolve()
    await around.time.pass(SECOND)
    expect(around.logged('bridge status').map(({ state }) => state)).toEqual(['starting', 'running'])
  })

  it('holds nothing up where it hangs: records land, and a connection that is lost comes back', async () => {
    around.atStore = forever
    around.send(0, 3)
    const { worker } = around.work()
    await around.time.until(() => around.committed[0] === 3)
    around.kafka.fail(GROUP, fault())
    await around.time.until(() => worker.health.state === 'failing')
    around.send(0, 3, 'more')
    await around.time.until(() => around.committed[0] === 6)
    expect(worker.health.state).toBe('running')
  })
})
