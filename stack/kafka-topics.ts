/** Making and removing topics, by the client that the functions use. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  assertConnectable,
  KAFKA_DEFINITIONS,
  kafkaOf,
  type KafkaSettings,
} from '../functions/src/config/kafka-settings.ts'
import { readerOf, SettingsError } from '../functions/src/config/reader.ts'
import type * as KafkaJs from '../functions/node_modules/kafkajs/types/index.d.ts'
import { MAX_RECORD_BYTES } from './kafka-properties.ts'
import { ROOT } from './paths.ts'

const PARTITIONS = 3
/** Milliseconds. */
const KNOWN_WITHIN = 20_000

export type Connection = Pick<KafkaSettings, 'brokers' | 'security' | 'mechanism' | 'username' | 'password' | 'ca'>

/** To a broker of our own. */
export const plain = (broker: string): Connection => ({
  brokers: [broker],
  security: 'PLAINTEXT',
  mechanism: 'PLAIN',
  username: '',
  password: '',
  ca: null,
})

/** By the same settings as the bridge. Throws a {@link SettingsError}. */
export function connectionOf(env: NodeJS.ProcessEnv): KafkaSettings {
  const problems: string[] = []
  const settings = kafkaOf(readerOf(env, KAFKA_DEFINITIONS, problems))
  if (problems.length > 0) throw new SettingsError(problems)
  assertConnectable(settings)
  return settings
}

/** Resolves once each has a leader. Those that exist already are left as they are. */
export async function createTopics(
  connection: Connection,
  topics: readonly string[],
  partitions = PARTITIONS,
): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: String(MAX_RECORD_BYTES) }]
  await withAdmin(connection, async (admin) => {
    const made = topics.map((topic) => ({ topic, numPartitions: partitions, configEntries }))
    // kafkajs' own way of waiting gives up where the broker does not know them yet.
    await admin.createTopics({ waitForLeaders: false, topics: made })
    await known(admin, topics)
  })
}

/** Waits until each has a leader, which a broker that is busy may take a while to know. */
export async function known(admin: KafkaJs.Admin, topics: readonly string[]): Promise<void> {
  const deadline = performance.now() + KNOWN_WITHIN
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [...topics] })
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

export async function deleteTopics(connection: Connection, topics: readonly string[]): Promise<void> {
  await withAdmin(connection, (admin) => admin.deleteTopics({ topics: [...topics] }))
}

/** Throws what kafkajs throws: after a few seconds where no broker answers. */
export async function withAdmin<T>(connection: Connection, work: (admin: KafkaJs.Admin) => Promise<T>): Promise<T> {
  const { brokers, security, ca } = connection
  // Loaded only here: most of what imports the stack does without.
  const { Kafka, logLevel } = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs
  const client = new Kafka({
    clientId: 'darkroom-stack',
    brokers: [...brokers],
    ssl: security === 'PLAINTEXT' ? false : ca === null ? true : { ca },
    ...(security === 'SASL_SSL' ? { sasl: saslOf(connection) } : {}),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { initialRetryTime: 100, retries: 5 },
  })
  const admin = client.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** A new object for each client, since kafkajs writes into it. */
function saslOf({ mechanism, username, password }: Connection): KafkaJs.SASLOptions {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}
