import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import type * as KafkaJs from '../../functions/node_modules/kafkajs/types/index.d.ts'
import { ROOT, STATE } from '../../stack/paths.ts'
import { takePorts } from '../../stack/ports.ts'
import { markedProcesses } from '../../stack/processes.ts'
import { startStack, type Stack } from '../../stack/stack.ts'
import { ownPorts } from './own-ports.ts'

const { Kafka, logLevel } = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs

const clientOf = (brokers: string | undefined, more: Partial<KafkaJs.KafkaConfig> = {}) =>
  new Kafka({
    brokers: [brokers ?? ''],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 5 },
    ...more,
  })

async function send(client: KafkaJs.Kafka, topic: string, value: Buffer): Promise<void> {
  const producer = client.producer()
  await producer.connect()
  for (;;) {
    try {
      await producer.send({ topic, acks: -1, messages: [{ partition: 0, value }] })
      break
    } catch (error) {
      // A broker that has just started answers before it leads its partitions.
      if (!/not the leader/.test((error as Error).message)) throw error
    }
  }
  await producer.disconnect()
}

/** Waits for `count` values in a group of its own. */
async function receive(client: KafkaJs.Kafka, topic: string, count: number): Promise<Buffer[]> {
  const consumer = client.consumer({
    groupId: `test-${randomBytes(4).toString('hex')}`,
    maxBytesPerPartition: 64 * 1024 * 1024,
    sessionTimeout: 6000,
  })
  const values: Buffer[] = []
  const all = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value ?? Buffer.alloc(0))
      if (values.length === count) all.resolve()
    },
  })
  await all.promise
  await consumer.disconnect()
  return values
}

const topicsOf = async (client: KafkaJs.Kafka) => {
  const admin = client.admin()
  await admin.connect()
  const topics = await admin.listTopics()
  await admin.disconnect()
  return topics.filter((topic) => !topic.startsWith('__')).toSorted()
}

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')

async function expectNothingLeft({ logFolder, ports }: Stack): Promise<void> {
  const id = basename(logFolder)
  expect(markedProcesses(id)).toEqual([])
  expect(existsSync(join(STATE, 'runs', id))).toBe(false)
  const again = await takePorts(ports.hosting)
  await again.release()
}

describe('the broker of the stack', () => {
  let stack: Stack
  let client: KafkaJs.Kafka
  beforeAll(async () => {
    stack = await startStack({ parts: ['kafka'], portBase: await ownPorts(), log: () => {} })
    client = clientOf(stack.kafka?.brokers)
  }, 60_000)
  afterAll(() => stack?.stop())

  it('has the topics of the bridge, which the environment names, and makes no other by itself', async () => {
    const { KAFKA_BROKERS, KAFKA_TOPIC, KAFKA_GROUP } = stack.env
    expect({ KAFKA_BROKERS, KAFKA_TOPIC, KAFKA_GROUP }).toEqual({
      KAFKA_BROKERS: stack.kafka?.brokers,
      KAFKA_TOPIC: 'images',
      KAFKA_GROUP: 'darkroom-bridge',
    })
    const once = clientOf(stack.kafka?.brokers, { retry: { retries: 0 } })
    await expect(send(once, 'imagse', Buffer.from('x'))).rejects.toThrow('does not host this topic-partition')
    expect(await topicsOf(client)).toEqual(['images', 'images.dlq', 'images.results'])
  })

  it('takes a record of 40 MB and gives it back byte for byte', async () => {
    const image = randomBytes(40 * 1000 * 1000)
    await send(client, 'images', image)
    const [back] = await receive(client, 'images', 1)
    expect(sha256(back ?? Buffer.alloc(0))).toBe(sha256(image))
  })

  it('keeps what it has acknowledged when it is killed or stopped, and the stack goes on', async () => {
    let died = false
    void stack.died.then(() => (died = true))
    // No second try: once it has started, it answers.
    const once = () => clientOf(stack.kafka?.brokers, { retry: { retries: 0 } })
    await send(once(), 'images.results', Buffer.from('before the kill'))
    await stack.kafka?.kill()
    await expect(topicsOf(once())).rejects.toThrow('ECONNREFUSED')
    await stack.kafka?.start()
    await send(once(), 'images.results', Buffer.from('before the stop'))
    await stack.kafka?.stop()
    await stack.kafka?.start()
    await send(once(), 'images.results', Buffer.from('after it'))
    const values = await receive(client, 'images.results', 3)
    expect(values.map(String)).toEqual(['before the kill', 'before the stop', 'after it'])
    expect(died).toBe(false)
  }, 60_000)

  it('is used by a stack whose user names it, with topics of that run alone, which go with it', async () => {
    const brokers = stack.kafka?.brokers ?? ''
    const other = await startStack({ parts: ['kafka'], log: () => {}, env: { KAFKA_BROKERS: brokers } })
    const id = basename(other.logFolder)
    const own = `darkroom-${id}`
    expect(other.env).toMatchObject({
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC: own,
      KAFKA_GROUP: `darkroom-bridge-${id}`,
    })
    const ours = ['images', 'images.dlq', 'images.results']
    expect(await topicsOf(client)).toEqual([own, `${own}.dlq`, `${own}.results`, ...ours])
    await expect(other.kafka?.stop()).rejects.toThrow('not ours')
    await other.stop()
    // A broker says that a topic is deleted before it has forgotten it.
    while ((await topicsOf(client)).length > ours.length) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await topicsOf(client)).toEqual(ours)
  })

  it('takes the stack with it where it ends by itself, and the stack says where its log is', async () => {
    const other = await startStack({ parts: ['kafka'], portBase: await ownPorts(), log: () => {} })
    const broker = markedProcesses(basename(other.logFolder)).find(({ command }) => command.includes('kafka.Kafka'))
    process.kill(broker?.pid ?? 0, 'SIGKILL')
    expect((await other.died).message).toMatch(/^the Kafka broker ended \(SIGKILL\): .*kafka\.log says why$/)
    await expectNothingLeft(other)
  }, 60_000)

  it('leaves nothing behind when the stack stops', async () => {
    expect(markedProcesses(basename(stack.logFolder)).some(({ command }) => command.includes('kafka.Kafka'))).toBe(true)
    await stack.stop()
    await expectNothingLeft(stack)
  })
})
