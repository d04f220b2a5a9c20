/**
 * The topics of the bridge, in brokers that are not ours: those that are missing are made; those that are there are the senders', and are only told about. docs/kafka.md
 * says what each has to be like.
 */
import { deadLetterTopic } from '../functions/src/bridge/land.ts'
import { resultsTopic } from '../functions/src/bridge/results.ts'
import type { Settings } from '../functions/src/config/settings.ts'
import { SettingsError } from '../functions/src/config/reader.ts'
import { Obstacle, type Resource } from './resource.ts'

/** Values as Kafka writes them: https://kafka.apache.org/documentation/#topicconfigs */
export type TopicConfig = Readonly<Record<string, string>>

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly config: TopicConfig
}

export interface Brokers {
  /** How many there are: replicas are on different ones. */
  count(): Promise<number>
  /** The configuration of each topic that is there; null of one that is not. */
  configs(names: readonly string[]): Promise<ReadonlyMap<string, TopicConfig | null>>
  /** Those that are there already are left as they are. */
  create(topics: readonly NewTopic[], replicas: number): Promise<void>
}

/** Connects, does `work`, and lets go again. Throws where there is no connection. */
export type OpenBrokers = <T>(work: (brokers: Brokers) => Promise<T>) => Promise<T>

/** Three replicas, of which two have to have a record. Fewer brokers keep fewer. */
const REPLICAS = 3
const MIB = 1024 * 1024
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000

type Of = Pick<Settings, 'kafka' | 'kafkaRetentionDays' | 'maxInputBytes'>

/** All three, as docs/kafka.md has them. */
export function wantedTopics({ kafka, kafkaRetentionDays, maxInputBytes }: Of): readonly NewTopic[] {
  const of = (name: string, partitions: number, bytes: number): NewTopic => ({
    name,
    partitions,
    config: {
      'max.message.bytes': String(bytes),
      'retention.ms': String(kafkaRetentionDays * DAY_MILLISECONDS),
    },
  })
  return [
    of(kafka.topic, 12, maxInputBytes + MIB),
    // For the headers that a dead letter has in addition.
    of(deadLetterTopic(kafka.topic), 3, maxInputBytes + 2 * MIB),
    ...(kafka.results ? [of(resultsTopic(kafka.topic), 3, 8 * MIB)] : []),
  ]
}

/**
 * None where no broker is set. `open` throws where no connection can be had: then a note says so, and everything else goes on, since these brokers may only be reached
 * from where the bridge runs.
 */
export function topicResources(settings: Of, open: OpenBrokers): readonly Resource[] {
  if (settings.kafka.brokers.length === 0) return []
  const wanted = wantedTopics(settings)
  const names = wanted.map(({ name }) => name)
  const reached = async <T>(work: (brokers: Brokers) => Promise<T>): Promise<T | Unreached> => {
    try {
      return await open(work)
    } catch (error) {
      if (error instanceof Obstacle) throw error
      return new Unreached(error)
    }
  }
  return [
    {
      name: 'Kafka topics',
      async differs() {
        const there = await reached((brokers) => brokers.configs(names))
        if (there instanceof Unreached) return null
        const missing = wanted.filter(({ name }) => (there.get(name) ?? null) === null)
        if (missing.length === 0) return null
        return {
          kind: 'create',
          changes: missing.map(({ name, partitions, config }) => ({
            field: name,
            from: undefined,
            to: { partitions, ...config },
          })),
          apply: async () => create(open, missing),
        }
      },
      async notes() {
        const there = await reached((brokers) => brokers.configs(names))
        if (there instanceof Unreached) return [there.sentence(settings, names)]
        return wanted.flatMap((topic) => differing(topic, there.get(topic.name) ?? null))
      },
    },
  ]
}

/** What the brokers refuse is said in a sentence, as anything else that stands in the way. */
async function create(open: OpenBrokers, missing: readonly NewTopic[]): Promise<void> {
  try {
    await open(async (brokers) => {
      const replicas = Math.min(REPLICAS, await brokers.count())
      const safe = replicas === REPLICAS ? { 'min.insync.replicas': '2' } : {}
      const topics = missing.map((topic) => ({ ...topic, config: { ...safe, ...topic.config } }))
      await brokers.create(topics, replicas)
    })
  } catch (error) {
    throw new Obstacle(
      `Kafka has not made ${missing.map(({ name }) => name).join(', ')}: ${messageOf(error)}. Whoever runs the brokers can, by the commands in docs/kafka.md`,
    )
  }
}

/** A topic must hold what the bridge takes, for as long as it may stand. */
function differing({ name, config }: NewTopic, there: TopicConfig | null): readonly string[] {
  if (there === null) return []
  const found: string[] = []
  const atLeast = (key: string) => {
    const value = Number(there[key])
    const least = Number(config[key])
    // -1 is no limit.
    if (value === -1 || value >= least || Number.isNaN(value)) return
    found.push(`the topic ${name} has ${key}=${value}: expected at least ${least}. It is not ours to change`)
  }
  atLeast('max.message.bytes')
  atLeast('retention.ms')
  if (there['cleanup.policy']?.includes('compact') === true)
    found.push(
      `the topic ${name} has cleanup.policy=${there['cleanup.policy']}: of two records with one key the older is removed, read or not. Expected delete`,
    )
  return found
}

const messageOf = (error: unknown) => {
  if (error instanceof SettingsError) return error.problems.join('; ')
  return error instanceof Error ? error.message : String(error)
}

class Unreached {
  readonly #error: unknown
  constructor(error: unknown) {
    this.#error = error
  }
  sentence({ kafka }: Of, names: readonly string[]): string {
    return `whether ${names.join(', ')} are there, and as they should be, is not known: ${kafka.brokers.join(', ')} can't be asked from here (${messageOf(this.#error)}). Run this where they can be reached, with KAFKA_PASSWORD in the environment where one is needed, or see docs/kafka.md`
  }
}
