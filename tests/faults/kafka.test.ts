/**
 * The bridge against a real broker, with everything that can go wrong. After each: what lies in the raw bucket is what was sent, less the dead
 * letters; and at the end every figure agrees, from the records to BigQuery.
 */
import { runInThisContext } from 'node:vm'
import { REFUSALS } from '../../functions/src/bridge/refusals.ts'
import { KafkaBench, kafkajs, png, StorageProxy, until, type Stream, type ToSend } from './kafka-harness.ts'

// jest runs no import() of a package, which the Storage client's transport does with each request: Node itself loads it here.
jest.mock('../../functions/node_modules/teeny-request', () => {
  const { createRequire } = runInThisContext("process.getBuiltinModule('node:module')") as typeof import('node:module')
  return createRequire(__filename)('../../functions/node_modules/teeny-request')
})

// Those that leave the broker alone run side by side, each with a topic of its own: most of their time they wait.
let bench: KafkaBench
let seed = 0
beforeAll(async () => {
  bench = await KafkaBench.start()
}, 180_000)
afterAll(async () => bench?.end(), 60_000)

/** Of one sender, each with an id of its own. */
const images = (count: number, more: Partial<ToSend> = {}): ToSend[] =>
  Array.from({ length: count }, () => {
    seed++
    return { value: png(seed), headers: { ce_id: `id-${seed}`, ce_source: 'test' }, partition: seed % 2, ...more }
  })

/** Who comes after a worker that could not take its leave need not wait for long. */
const DYING = { KAFKA_SESSION_SECONDS: '2' } as const
const landedAtLeast = (stream: Stream, count: number) => until(async () => (await stream.landed()).size >= count)
const textOf = (headers: Readonly<Record<string, readonly Uint8Array[]>>, name: string) =>
  Buffer.from(headers[name]?.[0] ?? []).toString()

it.concurrent('killed at any point of a batch, again and again, it loses nothing and puts nothing there twice', async () => {
  const stream = await bench.stream('killed')
  await stream.send(images(40))
  for (const reached of [1, 9, 23]) {
    const worker = stream.worker({ ...DYING, KAFKA_UPLOADS: '3' })
    await landedAtLeast(stream, reached)
    await worker.kill()
  }
  stream.worker(DYING)
  await stream.end()
}, 120_000)

it.concurrent('two bridges share the work, and a rebalance in mid-batch changes nothing', async () => {
  const stream = await bench.stream('shared')
  await stream.send(images(40))
  const first = stream.worker({ KAFKA_UPLOADS: '1' })
  await landedAtLeast(stream, 5)
  const second = stream.worker({ KAFKA_UPLOADS: '1' })
  await until(() => second.lines.some((line) => /"partitions":\[\d\].*bridge has partitions/.test(line)))
  await stream.send(images(20))
  await landedAtLeast(stream, 20)
  expect(await first.stop()).toBe(0)
  await stream.end()
}, 120_000)

it.each(['stop', 'kill'] as const)(
  'goes on by itself after the broker’s %s and start, and what was acknowledged arrives',
  async (how) => {
    const stream = await bench.stream(`broker-${how}`)
    const worker = stream.worker(DYING)
    await stream.send(images(15))
    await landedAtLeast(stream, 5)
    await bench.broker[how]()
    await until(() => worker.lines.some((line) => line.includes('the bridge has no connection')))
    await bench.broker.start()
    await stream.send(images(15))
    await stream.end()
  },
  120_000,
)

it.concurrent('waits while Storage refuses, makes no dead letter of it, and goes on when it answers', async () => {
  await using proxy = await StorageProxy.before(bench.stack.storageUrl)
  const stream = await bench.stream('refused')
  proxy.mode = 'refuse'
  await stream.send(images(12))
  const worker = stream.worker({ STORAGE_EMULATOR_HOST: proxy.url })
  await until(() => worker.lines.some((line) => line.includes('it is tried again')))
  expect((await stream.offsets()).map(({ committed }) => committed)).toEqual([null, null])
  proxy.mode = 'pass'
  await stream.end()
  expect(await stream.deadLetters()).toEqual([])
}, 120_000)

it('stops in good order while Storage hangs, and leaves to others what is not durable', async () => {
  await using proxy = await StorageProxy.before(bench.stack.storageUrl)
  const stream = await bench.stream('hanging')
  proxy.mode = 'hang'
  await stream.send(images(6))
  // As the container starts it.
  const worker = stream.worker({ STORAGE_EMULATOR_HOST: proxy.url }, 'functions/lib/worker.js')
  await until(() => proxy.refused > 0)
  // 1 would say that it had to be ended by force, after nine and a half seconds.
  expect(await worker.stop()).toBe(0)
  expect((await stream.offsets()).map(({ committed }) => committed)).toEqual([null, null])
  stream.worker()
  await stream.end()
}, 120_000)

it.concurrent('takes the same event for one image however often it comes, and every record without an id for one of its own', async () => {
  const stream = await bench.stream('twice')
  const same = images(1)
  const value = same[0]?.value ?? null
  const worker = stream.worker()
  await stream.send([...same, ...same])
  await stream.send([0, 1, 0].map((partition) => ({ value, partition })))
  await stream.settled()
  await stream.send(same)
  await stream.end()
  expect(stream.expected.size).toBe(4)
  expect(worker.lines.filter((line) => line.includes('dead letter'))).toEqual([])
}, 120_000)

it.concurrent('takes a record of 25 MB between small ones, with less memory than two of them would fill', async () => {
  const stream = await bench.stream('large')
  const [large] = images(1)
  await stream.send([...images(3), { ...large, value: png(seed, 25 * 2 ** 20), partition: 0 }, ...images(3)])
  stream.worker({ KAFKA_MEMORY_BYTES: String(48 * 2 ** 20) })
  await stream.end()
  expect(stream.expected.size).toBe(7)
}, 120_000)

it.concurrent('sets poison aside with its reason and takes the good records around it', async () => {
  const stream = await bench.stream('poison')
  const [good] = images(1)
  const id = () => ({ ce_id: `poison-${++seed}`, ce_source: 'test' })
  const poison: readonly [keyof typeof REFUSALS, ToSend][] = [
    ['no-specversion', { ...good, headers: { ce_specversion: null } } as ToSend],
    ['no-customer', { value: png(++seed), key: '' }],
    ['invalid-customer', { value: png(++seed), headers: { ce_customerid: '../other' } }],
    ['invalid-id', { value: png(++seed), headers: { ce_id: '', ce_source: 'test' } }],
    ['empty', { value: null, headers: id() }],
    ['empty', { value: Buffer.alloc(0), headers: id() }],
    ['not-an-image', { value: Buffer.from('just words'), headers: id() }],
    ['dataref-not-allowed', { value: null, headers: { ...id(), ce_dataref: 'gs://secrets/key#1' } }],
    [
      'dataref-not-found',
      { value: null, headers: { ...id(), ce_dataref: `gs://${bench.stack.processedBucket}/none#1` } },
    ],
    ['id-conflict', { value: png(++seed), headers: good?.headers ?? {} }],
    ['too-large', { value: png(++seed, 51 * 2 ** 20), headers: id() }],
  ]
  stream.worker({ KAFKA_DATAREF_BUCKETS: bench.stack.processedBucket })
  await stream.send([good as ToSend, ...poison.flatMap(([, record]) => [record, ...images(1)])])
  await stream.end()
  const letters = await stream.deadLetters()
  expect(letters.map(({ headers }) => textOf(headers, 'darkroom_reason')).sort()).toEqual(
    poison.map(([reason]) => reason).sort(),
  )
  for (const { headers } of letters) {
    expect(textOf(headers, 'darkroom_topic')).toBe('poison')
    expect(textOf(headers, 'darkroom_detail')).toMatch(/\.$/)
  }
}, 120_000)

it.concurrent('takes up partitions that are added while it runs', async () => {
  const stream = await bench.stream('growing', 1)
  stream.worker()
  await stream.send(images(5, { partition: 0 }))
  await bench.admin.createPartitions({ topicPartitions: [{ topic: 'growing', count: 3 }] })
  await stream.send(images(5, { partition: 2 }))
  await stream.end()
}, 120_000)

it.concurrent('goes on at what is left where retention was faster, and says which records are lost', async () => {
  const stream = await bench.stream('expired', 1)
  const worker = stream.worker()
  await stream.send(images(4, { partition: 0 }))
  await stream.settled()
  await worker.stop()
  const before = new Map(stream.expected)
  await stream.send(images(6, { partition: 0 }))
  // Without having asked for it, kafkajs does not know the topic.
  await bench.admin.fetchTopicOffsets('expired')
  await bench.admin.deleteTopicRecords({ topic: 'expired', partitions: [{ partition: 0, offset: '7' }] })
  const [kept4, kept5, kept6, ...rest] = [...stream.expected].filter(([name]) => !before.has(name))
  for (const lost of [kept4, kept5, kept6]) stream.expected.delete(lost?.[0] ?? '')
  expect(rest).toHaveLength(3)
  const next = stream.worker()
  await until(() => next.lines.some((line) => line.includes('images are lost')))
  await stream.end()
  expect(next.lines.filter((line) => line.includes('images are lost'))).toHaveLength(1)
  expect((await stream.status())?.partitions['0']?.expired).toEqual({ from: 4, to: 7 })
}, 120_000)

it.concurrent('stops one partition over a batch that it can’t decode, says where, and takes the others', async () => {
  const stream = await bench.stream('undecodable')
  await stream.send(images(4))
  // A sound batch for the broker, which expands to more than the bridge lets any batch.
  const bomb = { value: Buffer.alloc(40 * 2 ** 20), headers: { ce_id: 'bomb', ce_source: 'test' }, partition: 0 }
  await stream.send([bomb], kafkajs.CompressionTypes.GZIP)
  const worker = stream.worker({ KAFKA_MEMORY_BYTES: String(64 * 2 ** 20) })
  await stream.send(images(6, { partition: 1 }))
  const told = async () => (await stream.status())?.partitions
  // It is told at once that a partition has stopped, and how far the other has got every ten seconds.
  await until(async () => {
    const { '0': stopped, '1': other } = (await told()) ?? {}
    return (stopped?.undecodable ?? null) !== null && stopped?.committed === 2 && other?.committed === 8
  })
  expect(await told()).toMatchObject({
    '0': {
      committed: 2,
      end: 3,
      lag: 1,
      undecodable: { offset: 2, reason: expect.stringContaining('gzip') as string },
    },
    '1': { lag: 0, undecodable: null },
  })
  expect(worker.lines.filter((line) => line.includes('a partition has stopped'))).toHaveLength(1)
  await worker.stop()
  // The way out: somebody looks, and goes past it.
  await bench.admin.setOffsets({
    groupId: stream.group,
    topic: stream.topic,
    partitions: [{ partition: 0, offset: '3' }],
  })
  await stream.send(images(2, { partition: 0 }))
  stream.worker()
  await stream.end()
}, 120_000)

it.concurrent('answers each image to the sender once it has ended, but not where none is wanted', async () => {
  const stream = await bench.stream('answered')
  stream.worker()
  const [bad] = images(1)
  const broken = Buffer.concat([png(seed).subarray(0, 60), Buffer.alloc(40, 1)])
  const silent = images(1).map((one) => ({ ...one, headers: { ...one.headers, ce_answer: 'no' } }))
  await stream.send([...images(3), { ...bad, value: broken }, ...silent] as ToSend[])
  await stream.settled()
  await bench.process([...stream.expected.keys()])
  await until(async () => (await stream.results()).length >= 4)
  const answers = (await stream.results()).map(({ key, value, headers }) => ({
    key: Buffer.from(key ?? []).toString(),
    type: textOf(headers, 'ce_type'),
    ...(JSON.parse(Buffer.from(value ?? []).toString()) as {
      id: string
      outcome: string
      reason: string | null
      outputs: unknown[]
    }),
  }))
  expect(answers).toHaveLength(4)
  for (const { key, id, type, outcome, reason, outputs } of answers) {
    expect(key).toBe(id)
    if (id === bad?.headers?.['ce_id']) {
      expect({ type, outcome }).toEqual({ type: 'darkroom.image.failed', outcome: 'corrupt' })
      expect(reason).toMatch(/\.$/)
    } else {
      expect({ type, outcome }).toEqual({ type: 'darkroom.image.processed', outcome: 'processed' })
      expect(outputs).toMatchObject([{ name: 'fit-200', uri: expect.stringMatching(/^gs:/) as string }])
    }
  }
  await stream.end()
}, 120_000)

it.concurrent('as a function it takes what is there and ends, also where two runs overlap', async () => {
  const stream = await bench.stream('drained')
  await stream.send(images(30))
  const env = { KAFKA_TOPIC: stream.topic, KAFKA_GROUP: stream.group, KAFKA_UPLOADS: '1' }
  await Promise.all([1, 2].map(() => bench.run('tests/faults/kafka-drain.ts', [], env)))
  await stream.end()
  const status = await stream.status()
  expect(Object.values(status?.members ?? {}).map(({ kind, state }) => `${kind} ${state}`)).toContain('function ended')
}, 120_000)

it('and in the end every figure agrees: records, counters and both BigQuery tables', async () => {
  expect(await bench.report()).toMatchObject({ ok: true, mismatches: [] })
}, 240_000)
