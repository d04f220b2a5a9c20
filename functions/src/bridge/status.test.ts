import type { LogFields } from '../intake/log.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import type { PartitionOffsets } from './kafka.ts'
import { bridgePath, expiredOf, lagOf, tell, type BridgeStatus, type MemberStatus, type Told } from './status.ts'

const TOPIC = 'images'
const RUNNING: MemberStatus = {
  kind: 'worker',
  state: 'running',
  partitions: [0],
  landed: 12,
  deadLetters: 3,
  dropped: 4,
  faults: 1,
  imagesPerSecond: 1.5,
  bytesPerSecond: 2048,
  open: 4,
  heldBytes: 4096,
  secondsSinceCommit: 0.5,
  problem: null,
}

let now: Instant
let store: MemoryStore
let lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[]
beforeEach(() => {
  now = Instant.parse('2026-11-24T12:00:00Z')
  store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
  lines = []
})

const at = (partition: number, committed: number | null, start: number, end: number): PartitionOffsets => ({
  partition,
  committed,
  start,
  end,
})
const OFFSETS = [at(0, 5, 0, 12), at(1, null, 3, 10)]

async function say({ status, ...told }: Partial<Omit<Told, 'status'>> & { status?: Partial<MemberStatus> } = {}) {
  const log = (level: string) => (message: string, fields: LogFields) => lines.push({ level, message, fields })
  await tell(
    store,
    { info: log('info'), warn: log('warn'), error: log('error') },
    {
      topic: TOPIC,
      group: 'bridge',
      member: 'm1',
      offsets: OFFSETS,
      undecodable: new Map(),
      more: { landed: 2, deadLetters: 1, dropped: 1 },
      ...told,
      status: { ...RUNNING, ...status },
    },
  )
}
async function written(): Promise<BridgeStatus<Instant>> {
  const found = await store.get(bridgePath(TOPIC))
  if (found === null) throw new Error('nothing was written')
  return found as unknown as BridgeStatus<Instant>
}
const errors = () => lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)
const pass = (seconds: number) => (now = now.plusSeconds(seconds))

describe('the lag of a partition', () => {
  it.each([
    ['is what is behind the committed offset', at(0, 5, 0, 12), 7],
    ['is all of it where nothing was ever committed', at(0, null, 0, 12), 12],
    ['has nothing of what retention removed', at(0, 5, 8, 12), 4],
    ['has nothing of what retention removed before the group came', at(0, null, 8, 12), 4],
    ['is none at the end', at(0, 12, 0, 12), 0],
    ['is none where there is nothing', at(0, null, 0, 0), 0],
    ['is none where all was removed', at(0, 5, 12, 12), 0],
    ['is none where more had been committed by the time that was asked for', at(0, 15, 0, 12), 0],
  ])('%s', (_what, offsets, lag) => {
    expect(lagOf(offsets)).toBe(lag)
  })
})

it.each([
  ['nothing was known', null, at(0, null, 8, 12), null],
  ['all is still there', 5, at(0, 5, 5, 12), null],
  ['records went missing', 5, at(0, 5, 8, 12), { from: 5, to: 8 }],
])('images are lost or not where %s', (_when, known, offsets, lost) => {
  expect(expiredOf(known, offsets)).toEqual(lost)
})

describe('what a member tells', () => {
  it('is written down beside the state of the topic', async () => {
    await say()
    const status = await written()
    expect(status).toEqual({
      topic: TOPIC,
      group: 'bridge',
      lag: 14,
      partitions: {
        0: { committed: 5, start: 0, end: 12, lag: 7, undecodable: null, expired: null },
        1: { committed: null, start: 3, end: 10, lag: 7, undecodable: null, expired: null },
      },
      members: { m1: { ...RUNNING, at: expect.any(Instant) as Instant } },
      landed: 2,
      deadLetters: 1,
      dropped: 1,
      updatedAt: now,
    })
  })

  it('takes the place of what it told before, and of no other member’s', async () => {
    await say({ status: { landed: 1 } })
    await say({ member: 'm2', status: { kind: 'function', landed: 5 } })
    await say({ status: { state: 'ended', partitions: [], landed: 9 } })
    expect((await written()).members).toMatchObject({
      m1: { kind: 'worker', state: 'ended', landed: 9 },
      m2: { kind: 'function', state: 'running', landed: 5 },
    })
  })

  it('says what keeps it from Kafka, and no more once that has passed', async () => {
    const problem = { code: 'authentication', message: 'the broker refuses the password' } as const
    await say({ offsets: null, status: { state: 'failing', problem } })
    expect((await written()).members['m1']).toMatchObject({ state: 'failing', problem })
    await say()
    expect((await written()).members['m1']).toMatchObject({ state: 'running', problem: null })
  })

  it('is forgotten ten minutes later', async () => {
    await say({ member: 'gone' })
    pass(599)
    await say({ member: 'm2' })
    expect(Object.keys((await written()).members)).toEqual(['gone', 'm2'])
    pass(2)
    await say({ member: 'm3' })
    expect(Object.keys((await written()).members)).toEqual(['m2', 'm3'])
  })

  it('is forgotten with its member, but not what that one has done', async () => {
    await say({ member: 'gone', more: { landed: 100, deadLetters: 10, dropped: 1 } })
    pass(1000)
    await say({ member: 'm2', more: { landed: 5, deadLetters: 0, dropped: 0 } })
    await say({ member: 'm3', more: { landed: 1, deadLetters: 2, dropped: 3 } })
    await say({ member: 'm2', more: { landed: 0, deadLetters: 0, dropped: 0 } })
    expect(await written()).toMatchObject({ landed: 106, deadLetters: 12, dropped: 4 })
  })

  it('is not lost where many tell at the same time', async () => {
    const members = Array.from({ length: 8 }, (_, i) => `m${i}`)
    await Promise.all(members.map((member) => say({ member })))
    const status = await written()
    expect(Object.keys(status.members).sort()).toEqual(members)
    expect(status).toMatchObject({ landed: 16, deadLetters: 8 })
  })

  it('leaves everything as it was known where Kafka could not be asked', async () => {
    const undecodable = new Map([[0, { offset: 5, reason: 'a damaged batch' }]])
    await say({ undecodable, offsets: [at(0, 5, 0, 12), at(1, 4, 3, 10)] })
    const before = await written()
    await say({ member: 'm2', offsets: null, status: { state: 'failing', partitions: [] } })
    expect(await written()).toMatchObject({ lag: before.lag, partitions: before.partitions })
    expect(lines.at(-1)?.fields).toMatchObject({ lag: 13, lagByPartition: { 0: 7, 1: 6 } })
  })

  it('is written where Kafka could never be asked', async () => {
    await say({ offsets: null, status: { state: 'failing', partitions: [] } })
    expect(await written()).toMatchObject({ lag: 0, partitions: {} })
  })
})

describe('what can not be read', () => {
  const damaged = { offset: 5, reason: 'a damaged batch' }

  it('is known from whoever has the partition, whatever others tell', async () => {
    await say({ undecodable: new Map([[0, damaged]]), status: { partitions: [0] } })
    await say({ member: 'm2', status: { partitions: [1] } })
    expect((await written()).partitions).toMatchObject({ 0: { undecodable: damaged }, 1: { undecodable: null } })
  })

  it('is still known when that one has ended, since the next will meet it', async () => {
    const undecodable = new Map([[0, damaged]])
    await say({ undecodable })
    await say({ undecodable, status: { state: 'ended', partitions: [] } })
    await say({ member: 'm2', status: { state: 'starting', partitions: [] } })
    expect((await written()).partitions['0']).toMatchObject({ undecodable: damaged })
  })

  it('is known also where it is met last and told at the end alone', async () => {
    await say({ undecodable: new Map([[0, damaged]]), status: { state: 'ended', partitions: [] } })
    expect((await written()).partitions['0']).toMatchObject({ undecodable: damaged })
  })

  it('is known no more once whoever has the partition goes on', async () => {
    await say({ undecodable: new Map([[0, damaged]]) })
    await say({ member: 'm2', status: { partitions: [0] }, offsets: [at(0, 6, 6, 12), at(1, null, 3, 10)] })
    expect((await written()).partitions['0']).toMatchObject({ undecodable: null })
  })
})

describe('images that are lost', () => {
  it('are told once, and kept to be seen', async () => {
    await say({ offsets: [at(0, 5, 0, 12)] })
    expect(errors()).toEqual([])
    await say({ offsets: [at(0, 5, 9, 12)] })
    const lost = { from: 5, to: 9 }
    expect(errors()).toEqual([{ topic: TOPIC, partition: '0', ...lost }])
    await say({ offsets: [at(0, 5, 9, 12)] })
    await say({ member: 'm2', offsets: [at(0, 12, 9, 12)] })
    await say({ offsets: null })
    expect(errors()).toHaveLength(1)
    expect((await written()).partitions['0']).toMatchObject({ expired: lost })
  })

  it('are told again where there are more of them', async () => {
    await say({ offsets: [at(0, 5, 0, 12)] })
    await say({ offsets: [at(0, 5, 9, 12)] })
    await say({ offsets: [at(0, 5, 10, 12)] })
    expect(errors()).toMatchObject([
      { from: 5, to: 9 },
      { from: 5, to: 10 },
    ])
    await say({ offsets: [at(0, 12, 10, 30)] })
    await say({ offsets: [at(0, 12, 20, 30)] })
    expect(errors().at(-1)).toMatchObject({ from: 12, to: 20 })
    expect(errors()).toHaveLength(3)
  })

  it('are found also where the group has been forgotten, by what was known of it', async () => {
    await say({ offsets: [at(0, 5, 0, 12)] })
    await say({ offsets: [at(0, null, 8, 12)] })
    expect(errors()).toMatchObject([{ from: 5, to: 8 }])
  })

  it('are none where the group is new and the topic old', async () => {
    await say({ offsets: [at(0, null, 100, 120)] })
    expect(errors()).toEqual([])
  })
})

it('logs one line with exactly these fields: metrics and dashboards rest on them', async () => {
  await say()
  expect(lines).toEqual([
    {
      level: 'info',
      message: 'bridge status',
      fields: {
        topic: TOPIC,
        group: 'bridge',
        member: 'm1',
        kind: 'worker',
        state: 'running',
        partitions: [0],
        landed: 12,
        deadLetters: 3,
        dropped: 4,
        faults: 1,
        imagesPerSecond: 1.5,
        bytesPerSecond: 2048,
        open: 4,
        heldBytes: 4096,
        secondsSinceCommit: 0.5,
        problem: null,
        landedMore: 2,
        deadLettersMore: 1,
        droppedMore: 1,
        lag: 14,
        lagByPartition: { 0: 7, 1: 7 },
      },
    },
  ])
})

it('logs nothing where it could not be written down', async () => {
  store = new MemoryStore({
    now: () => now,
    gate: () => {
      throw new Error('503')
    },
  })
  await expect(say()).rejects.toThrow('503')
  expect(lines).toEqual([])
})
