/** {@link Brokers} by kafkajs, which the functions use as well. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as KafkaJs from '../functions/node_modules/kafkajs/types/index.d.ts'
import { assertConnectable, type KafkaSettings } from '../functions/src/config/kafka-settings.ts'
import { withAdmin } from '../stack/kafka-topics.ts'
import { ROOT } from '../stack/paths.ts'
import type { Brokers, TopicConfig } from './topics.ts'

/** Milliseconds. */
const CREATED_WITHIN = 30_000
/** Kafka's UNKNOWN_TOPIC_OR_PARTITION. */
const UNKNOWN_TOPIC = 3

/** Throws a SettingsError where a setting is missing, and what kafkajs throws where there is no connection. */
export async function openBrokers<T>(settings: KafkaSettings, work: (brokers: Brokers) => Promise<T>): Promise<T> {
  assertConnectable(settings)
  return withAdmin(settings, async (admin) => work(brokersBy(admin)))
}

function brokersBy(admin: KafkaJs.Admin): Brokers {
  // Loaded only here: most projects have no Kafka.
  const { ConfigResourceTypes } = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs
  return {
    count: async () => (await admin.describeCluster()).brokers.length,
    async configs(names) {
      const there = new Set(await admin.listTopics())
      const known = names.filter((name) => there.has(name))
      const found = new Map<string, TopicConfig | null>(names.map((name) => [name, null]))
      if (known.length === 0) return found
      const resources = known.map((name) => ({ type: ConfigResourceTypes.TOPIC, name }))
      const answer = await admin.describeConfigs({ includeSynonyms: false, resources })
      for (const { resourceName, errorCode, configEntries } of answer.resources) {
        if (errorCode === UNKNOWN_TOPIC) continue
        found.set(
          resourceName,
          Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
        )
      }
      return found
    },
    async create(topics, replicas) {
      await admin.createTopics({
        // kafkajs' own way of waiting gives up where the brokers do not know them yet.
        waitForLeaders: false,
        timeout: CREATED_WITHIN,
        topics: topics.map(({ name, partitions, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      })
    },
  }
}
