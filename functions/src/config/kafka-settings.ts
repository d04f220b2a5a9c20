import { BUCKET, SettingsError, type Definition, type Reader } from './reader.ts'

/** Part of the one table in settings.ts. */
export const KAFKA_DEFINITIONS = {
  KAFKA_BROKERS: {
    meaning: 'addresses of Kafka brokers, host:port, separated by commas; empty: there is no bridge',
    default: '',
  },
  KAFKA_TOPIC: {
    meaning: 'topic of the images; beside it stand {topic}.dlq and {topic}.results',
    default: 'images',
  },
  KAFKA_GROUP: { meaning: 'consumer group of the bridge', default: 'darkroom-bridge' },
  KAFKA_SECURITY: { meaning: 'how to connect: PLAINTEXT, SSL or SASL_SSL', default: 'PLAINTEXT' },
  KAFKA_SASL_MECHANISM: {
    meaning: 'with SASL_SSL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
    default: 'PLAIN',
  },
  KAFKA_USERNAME: { meaning: 'with SASL_SSL: the user, or the API key', default: '' },
  KAFKA_PASSWORD: { meaning: 'with SASL_SSL: the password, or the API secret; a secret', default: '' },
  KAFKA_CA: {
    meaning: 'PEM text of the certificate authority that has signed the brokers, where it is none of the public ones',
    default: '',
  },
  KAFKA_RUN: {
    meaning: 'what runs the bridge: function (every minute) or worker (npm run bridge, or its container)',
    default: 'function',
  },
  KAFKA_MEMORY_BYTES: {
    meaning: 'most memory that records take while they are on their way',
    unit: 'bytes',
    default: String(256 * 1024 * 1024),
    min: 16 * 1024 * 1024,
    max: 16 * 1024 * 1024 * 1024,
  },
  KAFKA_UPLOADS: {
    meaning: 'images that are written to the raw bucket at the same time',
    unit: 'images',
    default: '8',
    min: 1,
    max: 256,
  },
  KAFKA_SESSION_SECONDS: {
    meaning:
      'after how long a silent bridge counts as dead and another takes its partitions; brokers take none below 6',
    unit: 'seconds',
    default: '30',
    min: 1,
    max: 300,
  },
  KAFKA_DATAREF_BUCKETS: {
    meaning: 'buckets to which ce_dataref may refer, separated by commas; empty: none',
    default: '',
  },
  KAFKA_RESULTS: { meaning: 'whether results go back to {topic}.results: yes or no', default: 'yes' },
  KAFKA_HEALTH_PORT: {
    meaning: 'port on which the worker answers GET /health; 0 is none',
    default: '8080',
    min: 0,
    max: 65_535,
  },
} as const satisfies Record<string, Definition>

/** How the bridge reaches Kafka, and what it does there. */
export interface KafkaSettings {
  /** Empty: there is no bridge. */
  readonly brokers: readonly string[]
  readonly topic: string
  readonly group: string
  readonly security: (typeof SECURITY)[number]
  readonly mechanism: (typeof MECHANISMS)[number]
  readonly username: string
  readonly password: string
  /** Null: the public certificate authorities. */
  readonly ca: string | null
  readonly run: 'function' | 'worker'
  readonly memoryBytes: number
  readonly uploads: number
  readonly sessionSeconds: number
  readonly datarefBuckets: readonly string[]
  readonly results: boolean
  readonly healthPort: number
}

const SECURITY = ['PLAINTEXT', 'SSL', 'SASL_SSL'] as const
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const RUNS = ['function', 'worker'] as const
/** Kafka's own rule, less a beginning that no upload id can have, and room for `.results`. */
const TOPIC = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,239}$/
/** kafkajs takes no IPv6 address: it splits at the first colon. */
const BROKER = /^[^\s:,[\]]+:\d{1,5}$/

export function kafkaOf(read: Reader<keyof typeof KAFKA_DEFINITIONS>): KafkaSettings {
  const { text, whole, matching, oneOf, list, yesOrNo } = read
  return {
    brokers: list('KAFKA_BROKERS', BROKER),
    topic: matching('KAFKA_TOPIC', TOPIC),
    group: text('KAFKA_GROUP'),
    security: oneOf('KAFKA_SECURITY', SECURITY),
    mechanism: oneOf('KAFKA_SASL_MECHANISM', MECHANISMS),
    username: text('KAFKA_USERNAME'),
    password: text('KAFKA_PASSWORD'),
    // Where a setting can't hold a line break it is written as \n.
    ca: text('KAFKA_CA').replaceAll('\\n', '\n') || null,
    run: oneOf('KAFKA_RUN', RUNS),
    memoryBytes: whole('KAFKA_MEMORY_BYTES'),
    uploads: whole('KAFKA_UPLOADS'),
    sessionSeconds: whole('KAFKA_SESSION_SECONDS'),
    datarefBuckets: list('KAFKA_DATAREF_BUCKETS', BUCKET),
    results: yesOrNo('KAFKA_RESULTS'),
    healthPort: whole('KAFKA_HEALTH_PORT'),
  }
}

/**
 * What only the bridge can check, since only it is given the secret. Throws a {@link SettingsError} that lists every mistake.
 */
export function assertConnectable({ brokers, security, username, password, ca }: KafkaSettings): void {
  const problems: string[] = []
  if (brokers.length === 0) problems.push('KAFKA_BROKERS is not set: expected addresses such as kafka-1.example:9092')
  const credentials = { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } as const
  if (security === 'SASL_SSL') {
    for (const [name, value] of Object.entries(credentials))
      if (value === '') problems.push(`${name} is not set, and SASL_SSL needs one`)
  }
  if (ca !== null && !ca.includes('-----BEGIN CERTIFICATE-----')) {
    problems.push('KAFKA_CA is no certificate: expected PEM text that begins with -----BEGIN CERTIFICATE-----')
  }
  if (problems.length > 0) throw new SettingsError(problems)
}
