/**
 * Tries to lose an image of the stream, or to put one there twice: generated schedules in which processes die at every await, answers are
 * lost, Storage and Kafka refuse, and the group is shared out anew, over the real bridge and twins in memory. After each commit the invariant
 * is checked: whatever lies before a committed offset is in the raw bucket or among the dead letters.
 */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { Bridge, type BridgeDeps } from '../../functions/src/bridge/bridge.ts'
import { KafkaFault, type KafkaClient, type KafkaRecord } from '../../functions/src/bridge/kafka.ts'
import { deadLetterTopic } from '../../functions/src/bridge/land.ts'
import { originOf, parseRecord, placeOf } from '../../functions/src/bridge/parse.ts'
import { MemoryKafka } from '../../functions/src/bridge/testing/memory-kafka.ts'
import { headersOf } from '../../functions/src/bridge/testing/records.ts'
import { crc32c, MemoryObjects } from '../../functions/src/intake/testing/memory-objects.ts'
import type { ObjectStore } from '../../functions/src/intake/object-store.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'

const TOPIC = 'images'
const GROUP = 'bridge'
const LIMITS = { maxInputBytes: 1000, datarefBuckets: ['archive'] }
const PARTITIONS = 3

/** What a life of a process meets at one await. */
type Fate = 'pass' | 'wait' | 'refuse' | 'lose-answer' | 'die'

/** mulberry32, which needs no more than one number for a whole schedule. */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class World {
  readonly kafka = new MemoryKafka({ fetchRecords: 4 })
  readonly raw = new MemoryObjects({ now: () => Instant.ofMillis(0) })
  readonly archive = new MemoryObjects({ now: () => Instant.ofMillis(0) })
  readonly chance: () => number
  commits = 0
  deaths = 0

  constructor(seed: number) {
    this.chance = chances(seed)
    this.kafka.createTopic(TOPIC, PARTITIONS)
    this.kafka.createTopic(deadLetterTopic(TOPIC), 1)
  }

  /** Good ones, repeated ones, those without an id, claim checks, disputed ids and poison. */
  async fill(count: number): Promise<void> {
    const { generation } = await this.archive.create('a.gif', Buffer.from('GIF89a archived'), 'image/gif')
    let good = { id: 'id-first', bytes: 'GIF89a first' }
    for (let n = 0; n < count; n++) {
      const kind = Math.floor(this.chance() * 8)
      const event = { ce_specversion: '1.0', ce_source: 's', ce_id: `id-${n}` }
      const bytes = `GIF89a ${n}`
      const [headers, value] = ([
        [{ ...event, ce_id: good.id }, good.bytes],
        [{ ce_specversion: '1.0' }, bytes],
        [{ ...event, ce_dataref: `gs://archive/a.gif#${generation}` }, null],
        [{ ...event, ce_id: 'disputed' }, bytes],
        [{ ...event, ce_specversion: '0.3' }, bytes],
        [event, `just text ${n}`],
      ][kind] ?? [event, bytes]) as [Record<string, string>, string | null]
      if (kind > 5) good = { id: event.ce_id, bytes }
      const partition = Math.floor(this.chance() * PARTITIONS)
      const asBytes = value === null ? null : Buffer.from(value)
      this.kafka.append(TOPIC, partition, { key: Buffer.from('c1'), value: asBytes, headers: headersOf(headers) })
    }
  }

  /** Where the record is durable: nowhere is null. */
  async whereIs(record: KafkaRecord, letters: ReadonlySet<string>): Promise<'raw' | 'dead letter' | null> {
    const parsed = parseRecord(record, LIMITS)
    if (!('refused' in parsed)) {
      const stat = await this.raw.stat(parsed.rawName)
      const bytes = 'bytes' in parsed.data ? parsed.data.bytes : Buffer.from('GIF89a archived')
      if (stat?.crc32c === crc32c(bytes)) return 'raw'
    }
    return letters.has(placeOf(record)) ? 'dead letter' : null
  }

  letters(): ReadonlySet<string> {
    return new Set(this.kafka.records(deadLetterTopic(TOPIC)).map(originOf))
  }

  async check(): Promise<void> {
    const letters = this.letters()
    const committed = this.kafka.committed(GROUP, TOPIC)
    for (const record of this.kafka.records(TOPIC)) {
      if (record.offset >= (committed.get(record.partition) ?? 0)) continue
      if ((await this.whereIs(record, letters)) === null) throw new Error(`lost before a commit: ${placeOf(record)}`)
    }
  }
}

/** One process, from its start to its end or its death. `unlucky`: how often an await goes wrong. */
class Life {
  readonly #world: World
  readonly #unlucky: number
  readonly #client: KafkaClient
  #dead = false

  constructor(world: World, unlucky: number) {
    this.#world = world
    this.#unlucky = unlucky
    this.#client = world.kafka.client()
  }

  get dead(): boolean {
    return this.#dead
  }

  deps(): BridgeDeps {
    const world = this.#world
    const store = (objects: MemoryObjects): ObjectStore => ({
      stat: (name) => this.#at('storage', () => objects.stat(name)),
      read: (name, generation) => this.#at('storage', () => objects.read(name, generation)),
      create: (...all) => this.#at('storage', () => objects.create(...all)),
      list: (options) => this.#at('storage', () => objects.list(options)),
      delete: (...which) => this.#at('storage', () => objects.delete(...which)),
    })
    return {
      kafka: {
        consume: async (topic, group, events) => {
          const consumer = await this.#client.consume(topic, group, events)
          return {
            pause: (partitions) => consumer.pause(partitions),
            resume: (partitions) => consumer.resume(partitions),
            leave: () => consumer.leave(),
            commit: async (next) => {
              await this.#at('kafka', () => consumer.commit(next))
              world.commits++
              await world.check()
            },
          }
        },
        produce: async () => {
          const producer = await this.#client.produce()
          return {
            send: (topic, records) => this.#at('kafka', () => producer.send(topic, records)),
            close: () => producer.close(),
          }
        },
        offsets: (topic, group) => this.#client.offsets(topic, group),
        readAll: (topic, group, visit) => this.#client.readAll(topic, group, visit),
      },
      raw: store(world.raw),
      bucket: () => store(world.archive),
      limits: LIMITS,
      erased: async () => false,
      settings: { topic: TOPIC, group: GROUP, memoryBytes: 200, uploads: 1 + Math.floor(world.chance() * 4) },
      log: { info: () => {}, warn: () => {}, error: () => {} },
      clock: () => performance.now(),
      sleep: async (_milliseconds, signal) => {
        for (let turns = 0; turns < 3 && !signal.aborted; turns++) await setImmediate()
        if (this.#dead) await new Promise<never>(() => {})
      },
    }
  }

  die(): void {
    this.#world.deaths++
    this.end()
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#dead = true
    this.#world.kafka.kill(this.#client)
  }

  #fate(): Fate {
    const { chance } = this.#world
    if (chance() >= this.#unlucky) return chance() < 0.5 ? 'pass' : 'wait'
    return (['refuse', 'lose-answer', 'die'] as const)[Math.floor(chance() * 2.3)] ?? 'refuse'
  }

  async #at<T>(where: 'storage' | 'kafka', operation: () => Promise<T>): Promise<T> {
    const fault = () => (where === 'kafka' ? new KafkaFault('unreachable', 'the broker is away') : new Error('503'))
    const fate = this.#fate()
    // A process may die before or after what it was doing took effect.
    const diesFirst = fate === 'die' && this.#world.chance() < 0.5
    if (diesFirst) this.die()
    if (this.#dead) return new Promise<never>(() => {})
    if (fate === 'refuse') throw fault()
    if (fate === 'wait') await setImmediate()
    const result = await operation()
    if (fate === 'die') this.die()
    if (this.#dead) return new Promise<never>(() => {})
    if (fate === 'lose-answer') throw fault()
    return result
  }
}

/** Lives one after the other, or two at the same time, and then one in which nothing goes wrong. */
async function run(seed: number): Promise<World> {
  const world = new World(seed)
  await world.fill(24)
  for (let lives = 0; lives < 4; lives++) {
    const together = world.chance() < 0.4 ? 2 : 1
    await Promise.all(Array.from({ length: together }, () => live(world, new Life(world, 0.12))))
  }
  const last = await Bridge.start(new Life(world, 0).deps())
  const end = () =>
    world.kafka
      .records(TOPIC)
      .every(({ partition, offset }) => (world.kafka.committed(GROUP, TOPIC).get(partition) ?? 0) > offset)
  while (!end()) await setImmediate()
  await last.stop()
  return world
}

async function live(world: World, life: Life): Promise<void> {
  const bridge = await Bridge.start(life.deps())
  const turns = 20 + Math.floor(world.chance() * 60)
  for (let turn = 0; turn < turns && !life.dead; turn++) {
    if (world.chance() < 0.02) world.kafka.rebalance(GROUP)
    await setImmediate()
  }
  if (life.dead) return
  // Some end in good order, some without a word.
  if (world.chance() < 0.5) {
    await Promise.race([bridge.stop(), untilDead(life)])
    life.end()
  } else life.die()
}

const untilDead = async (life: Life) => {
  while (!life.dead) await setImmediate()
}

it('no schedule of deaths, lost answers, refusals and rebalances loses a record, or gives it two places', async () => {
  let commits = 0
  let deaths = 0
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const world = await run(seed)
      commits += world.commits
      deaths += world.deaths
      const letters = world.letters()
      const names = new Set<string>()
      for (const record of world.kafka.records(TOPIC)) {
        const place = await world.whereIs(record, letters)
        const parsed = parseRecord(record, LIMITS)
        const disputed = record.headers['ce_id']?.some((id) => Buffer.from(id).toString() === 'disputed') ?? false
        if ('refused' in parsed) expect(place).toBe('dead letter')
        else if (disputed) expect(place).not.toBeNull()
        else {
          expect(place).toBe('raw')
          // A good record is never set aside, whatever failed on the way.
          expect(letters.has(placeOf(record))).toBe(false)
        }
        if (!('refused' in parsed)) names.add(parsed.rawName)
      }
      const objects = await world.raw.list({ limit: 1000 })
      expect(objects.map(({ name }) => name).sort()).toEqual([...names].sort())
    }),
    { numRuns: 500, ...(process.env['SEED'] !== undefined && { seed: Number(process.env['SEED']) }) },
  )
  // The schedules do what they are for.
  expect(commits).toBeGreaterThan(1000)
  expect(deaths).toBeGreaterThan(500)
}, 120_000)
