import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSettings } from '../functions/src/config/settings.ts'
import { SettingsError } from '../functions/src/config/reader.ts'
import { emptyProject, provision, provisionedProject } from './testing/run.ts'
import { wantedTopics, type Brokers, type NewTopic, type OpenBrokers, type TopicConfig } from './topics.ts'

const ENV = { KAFKA_BROKERS: 'kafka-1.example:9092' }
const settingsWith = (env: Record<string, string> = {}) =>
  parseSettings({ RAW_BUCKET: 'p-raw', PROCESSED_BUCKET: 'p-processed', ...ENV, ...env })

/** Brokers in memory. */
class MemoryBrokers implements Brokers {
  readonly topics = new Map<string, TopicConfig>()
  readonly created: { readonly topic: NewTopic; readonly replicas: number }[] = []
  brokers = 3
  refusal: string | null = null

  count = async () => this.brokers
  configs = async (names: readonly string[]) => new Map(names.map((name) => [name, this.topics.get(name) ?? null]))
  create = async (topics: readonly NewTopic[], replicas: number) => {
    if (this.refusal !== null) throw new Error(this.refusal)
    for (const topic of topics) {
      this.created.push({ topic, replicas })
      this.topics.set(topic.name, topic.config)
    }
  }
  readonly open: OpenBrokers = (work) => work(this)
}

async function run(brokers: OpenBrokers, wish = {}, env: Record<string, string> = {}) {
  const double = await emptyProject()
  return provision(double, wish, { ...ENV, ...env }, null, brokers)
}

it('missing topics are made, as docs/kafka.md has them', async () => {
  const kafka = new MemoryBrokers()
  expect((await run(kafka.open)).code).toBe(0)
  const commands = readFileSync(join(__dirname, '../docs/kafka.md'), 'utf8')
  const documented = [
    ...commands.matchAll(/^topic --topic (\S+) --partitions (\d+) --config max\.message\.bytes=(\d+)/gm),
  ]
  expect(
    kafka.created.map(({ topic }) => [topic.name, String(topic.partitions), topic.config['max.message.bytes']]),
  ).toEqual(documented.map(([, name, partitions, bytes]) => [name, partitions, bytes]))
  for (const { topic, replicas } of kafka.created) {
    expect(replicas).toBe(3)
    expect(topic.config).toMatchObject({ 'min.insync.replicas': '2', 'retention.ms': '604800000' })
  }
})

it('fewer brokers keep fewer replicas', async () => {
  const kafka = new MemoryBrokers()
  kafka.brokers = 1
  expect((await run(kafka.open)).code).toBe(0)
  expect(kafka.created.every(({ topic, replicas }) => replicas === 1 && !('min.insync.replicas' in topic.config))).toBe(
    true,
  )
})

it('they follow the settings, and without results there is no topic for them', () => {
  const settings = settingsWith({
    KAFKA_TOPIC: 'cameras',
    KAFKA_RETENTION_DAYS: '3',
    MAX_INPUT_BYTES: '1048576',
    KAFKA_RESULTS: 'no',
  })
  expect(wantedTopics(settings)).toEqual([
    { name: 'cameras', partitions: 12, config: { 'max.message.bytes': '2097152', 'retention.ms': '259200000' } },
    { name: 'cameras.dlq', partitions: 3, config: { 'max.message.bytes': '3145728', 'retention.ms': '259200000' } },
  ])
})

it('a topic that is there is told where it can’t hold what comes, and never changed', async () => {
  const kafka = new MemoryBrokers()
  kafka.topics.set('images', {
    'max.message.bytes': '1048588',
    'retention.ms': '86400000',
    'cleanup.policy': 'compact',
  })
  kafka.topics.set('images.dlq', { 'max.message.bytes': '99999999', 'retention.ms': '-1', 'cleanup.policy': 'delete' })
  const before = new Map(kafka.topics)
  const { code, said } = await run(kafka.open)
  expect(code).toBe(0)
  expect(said).toContain('note: the topic images has max.message.bytes=1048588: expected at least 53477376')
  expect(said).toContain('note: the topic images has retention.ms=86400000: expected at least 604800000')
  expect(said).toContain('note: the topic images has cleanup.policy=compact')
  expect(said).not.toContain('topic images.dlq has')
  expect(kafka.created.map(({ topic }) => topic.name)).toEqual(['images.results'])
  for (const [name, config] of before) expect(kafka.topics.get(name)).toEqual(config)
})

it('brokers that can’t be reached from here stop nothing: one sentence says so', async () => {
  const closed: OpenBrokers = () => Promise.reject(new Error('Connection timeout'))
  const { code, said } = await run(closed)
  expect(code).toBe(0)
  expect(said).toContain(
    "note: whether images, images.dlq, images.results are there, and as they should be, is not known: kafka-1.example:9092 can't be asked from here (Connection timeout)",
  )
})

it('a missing password is such a reason, and is not asked for', async () => {
  const closed: OpenBrokers = () =>
    Promise.reject(new SettingsError(['KAFKA_PASSWORD is not set, and SASL_SSL needs one']))
  const { said } = await run(closed, {}, { KAFKA_SECURITY: 'SASL_SSL', KAFKA_USERNAME: 'user' })
  expect(said).toContain('(KAFKA_PASSWORD is not set, and SASL_SSL needs one)')
})

it('what the brokers refuse is said, and everything else is done', async () => {
  const kafka = new MemoryBrokers()
  kafka.refusal = 'max.message.bytes is limited to 20971520'
  const { code, said } = await run(kafka.open)
  expect(code).toBe(1)
  expect(said).toContain(
    'Kafka has not made images, images.dlq, images.results: max.message.bytes is limited to 20971520',
  )
  expect(said).toContain('1 of ')
})

it('a dry run makes none, and says which it would', async () => {
  const kafka = new MemoryBrokers()
  const { out } = await run(kafka.open, { dryRun: true })
  expect(out).toContain('+ Kafka topics\n    images: ')
  expect(kafka.created).toEqual([])
})

it('without brokers nobody asks for any', async () => {
  const asked: OpenBrokers = () => Promise.reject(new Error('asked'))
  const double = await provisionedProject()
  const { said } = await provision(double, { verify: true }, {}, null, asked)
  expect(said).not.toContain('Kafka')
})
