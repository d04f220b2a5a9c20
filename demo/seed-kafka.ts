/** What the second web application sends: images of its own through Kafka, and what such a stream also brings. */
import { KafkajsClient } from '../functions/src/platform/kafka.ts'
import { deadLetterTopic } from '../functions/src/bridge/land.ts'
import { lagOf } from '../functions/src/bridge/status.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { imageIdOf } from '../functions/src/contract/names.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import type { Stack } from '../stack/stack.ts'
import { DEMO_CUSTOMERS } from './customers.ts'
import { demoImages } from './images.ts'
import { openSender, produceImages, type ImageToProduce, type Produced } from './produce.ts'
import type { Uploaded } from './seed.ts'

/** A customer of the second application alone: nobody signs in as it. */
const KAFKA_CUSTOMER = 'dogwood'

/** Null where the stack has no broker. Throws a KafkaFault. */
export async function seedKafka(
  stack: Stack,
  { log }: { readonly log: (line: string) => void },
): Promise<readonly Produced[] | null> {
  if (stack.kafka === null) return null
  const { kafka: connection } = settingsOf(stack)
  await using sender = await openSender({ connection, topic: stack.kafkaTopic })
  const produced = await produceImages(sender, await images())
  log(`sent ${produced.length} records to the topic ${stack.kafkaTopic}`)
  return produced
}

/** One of each format; one record twice, one without an id, and one that is no image. */
async function images(): Promise<readonly ImageToProduce[]> {
  const all = await demoImages()
  const byFormat = Map.groupBy(all, ({ expected }) => (expected.outcome === 'processed' ? expected.format : null))
  const good = [...byFormat].flatMap(([format, [image]]) => (format === null || image === undefined ? [] : [image]))
  const both = DEMO_CUSTOMERS[1]?.id ?? KAFKA_CUSTOMER
  const records = good.map(({ name, bytes, contentType }, i): ImageToProduce => ({
    label: name,
    fileName: name,
    bytes,
    contentType,
    customerId: i % 3 === 2 ? both : KAFKA_CUSTOMER,
    id: `demo-${name}`,
  }))
  const [first] = records
  if (first === undefined) throw new Error('the demo has no images')
  const text = new TextEncoder().encode('not an image')
  return [...records, first, { ...first, id: null }, { ...first, label: 'note.txt', bytes: text, id: 'demo-note' }]
}

/** The bridge's settings in this stack. */
function settingsOf(stack: Stack) {
  return parseSettings({ ...process.env, ...stack.env })
}

/** Of what was sent: the raw objects that it must become, each once. */
export async function landingsOf(produced: readonly Produced[]): Promise<readonly Uploaded[]> {
  const first = new Map(
    produced.flatMap(({ becomes, customerId, label }) =>
      'rawName' in becomes ? [[becomes.rawName, { customerId, label }] as const] : [],
    ),
  )
  return Promise.all(
    [...first].map(async ([rawName, { customerId, label }]) => ({
      label,
      customerId,
      rawName,
      imageId: await imageIdOf(rawName),
    })),
  )
}

/** Where the bridge stands, read from the bucket and the broker and not from what the bridge says of itself. */
export interface KafkaSeen {
  /** Names of the raw objects of source kafka. */
  readonly landed: readonly string[]
  readonly deadLettered: number
  readonly lag: number
}

/** Throws a KafkaFault. */
export async function kafkaSeen(stack: Stack): Promise<KafkaSeen> {
  const { kafka } = settingsOf(stack)
  const client = new KafkajsClient(kafka)
  const raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  const lags = (await client.offsets(kafka.topic, kafka.group)).map(lagOf)
  let deadLettered = 0
  await client.readAll(deadLetterTopic(kafka.topic), `${kafka.group}-report`, async () => void deadLettered++)
  const landed: string[] = []
  for (let after = 'kafka/'; ;) {
    const page = await raw.list({ startAfter: after, limit: 1000 })
    const names = page.map(({ name }) => name).filter((name) => name.startsWith('kafka/'))
    landed.push(...names)
    after = page.at(-1)?.name ?? after
    if (page.length === 0 || names.length < page.length) break
  }
  return { landed, deadLettered, lag: lags.reduce((sum, lag) => sum + lag, 0) }
}
