/** What `npm run provision` does with topics, at a real broker. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { KAFKA_DEFINITIONS, kafkaOf } from '../../functions/src/config/kafka-settings.ts'
import { readerOf } from '../../functions/src/config/reader.ts'
import type { GoogleApi, Resource } from '../../provision/resource.ts'
import { topicResources, type TopicConfig } from '../../provision/topics.ts'
import { openBrokers } from '../../provision/topics-kafkajs.ts'
import { known, plain, withAdmin } from '../../stack/kafka-topics.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ parts: ['kafka'], log: () => {} })
}, 60_000)
afterAll(() => stack?.stop())

/** No call of Google's has to do with topics. */
const NO_GOOGLE: GoogleApi = {
  call: () => Promise.reject(new Error('Google was asked')),
  pause: () => Promise.reject(new Error('nobody has to wait')),
}

function topicsOf(topic: string, brokers = stack.kafka?.brokers ?? ''): Resource {
  const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic }
  const kafka = kafkaOf(readerOf(env, KAFKA_DEFINITIONS, []))
  const settings = { kafka, kafkaRetentionDays: 7, maxInputBytes: 52_428_800 }
  const [resource] = topicResources(settings, (work) => openBrokers(kafka, work))
  if (resource === undefined) throw new Error('there is a broker, and no topics are wanted')
  return resource
}

async function configOf(topic: string): Promise<TopicConfig | null | undefined> {
  const kafka = kafkaOf(readerOf({ KAFKA_BROKERS: stack.kafka?.brokers ?? '' }, KAFKA_DEFINITIONS, []))
  return openBrokers(kafka, async (brokers) => (await brokers.configs([topic])).get(topic))
}

it('makes the topics that are missing, with what they need, and finds then nothing to do', async () => {
  const topics = topicsOf('cameras')
  const difference = await topics.differs(NO_GOOGLE)
  expect(difference?.changes.map(({ field }) => field)).toEqual(['cameras', 'cameras.dlq', 'cameras.results'])
  await difference?.apply()
  // A broker knows a topic of which it has just been told a moment later.
  while ((await topics.differs(NO_GOOGLE)) !== null) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await configOf('cameras')).toMatchObject({
    'max.message.bytes': '53477376',
    'retention.ms': '604800000',
    'cleanup.policy': 'delete',
  })
  expect(await configOf('cameras.results')).toMatchObject({ 'max.message.bytes': '8388608' })
  expect(await topics.notes?.(NO_GOOGLE)).toEqual([])
  await difference?.apply()
})

it('leaves a topic of the sender as it is, and tells what it lacks', async () => {
  await withAdmin(plain(stack.kafka?.brokers ?? ''), async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        { topic: 'theirs', numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '1000000' }] },
        { topic: 'theirs.dlq', numPartitions: 1, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
      ],
    })
    await known(admin, ['theirs', 'theirs.dlq'])
  })
  const topics = topicsOf('theirs')
  const difference = await topics.differs(NO_GOOGLE)
  expect(difference?.changes.map(({ field }) => field)).toEqual(['theirs.results'])
  await difference?.apply()
  expect(await configOf('theirs')).toMatchObject({ 'max.message.bytes': '1000000' })
  const notes = (await topics.notes?.(NO_GOOGLE))?.join('\n')
  expect(notes).toContain('the topic theirs has max.message.bytes=1000000: expected at least 53477376')
  expect(notes).toContain('the topic theirs.dlq has cleanup.policy=compact')
})

it('says in one sentence that nobody answers, and goes on', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => silent.once('listening', listening))
  const { port } = silent.address() as AddressInfo
  await new Promise((closed) => silent.close(closed))
  const topics = topicsOf('images', `127.0.0.1:${port}`)
  expect(await topics.differs(NO_GOOGLE)).toBeNull()
  expect(await topics.notes?.(NO_GOOGLE)).toEqual([
    expect.stringContaining(`127.0.0.1:${port} can't be asked from here`),
  ])
})
