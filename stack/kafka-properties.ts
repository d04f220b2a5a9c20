/** What the local broker is told, as text: Kafka's server.properties and log4j's. */
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import type { Ports } from './ports.ts'

const MIB = 1024 * 1024
/** More than any image that the bridge takes. */
export const MAX_RECORD_BYTES = 64 * MIB

export interface BrokerSettings {
  readonly ports: Ports
  readonly dataFolder: string
  /** The address it listens at: in a container any, else this machine's own alone. */
  readonly host: string
  readonly secured: { readonly users: Readonly<Record<string, string>>; readonly certificates: Certificates } | null
}

/** One node that is broker and controller, quick to start and to forget, with the limits that whole images need. */
export function serverProperties({ ports, dataFolder, host, secured }: BrokerSettings): string {
  const listeners = [`PLAINTEXT://${host}:${ports.kafka}`, `CONTROLLER://127.0.0.1:${ports.kafkaController}`]
  const advertised = [`PLAINTEXT://127.0.0.1:${ports.kafka}`]
  if (secured !== null) {
    listeners.push(`SECURED://${host}:${ports.kafkaSecured}`)
    advertised.push(`SECURED://localhost:${ports.kafkaSecured}`)
  }
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.kafkaController}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
    'log.dirs': slashes(join(dataFolder, 'logs')),

    'message.max.bytes': MAX_RECORD_BYTES,
    'replica.fetch.max.bytes': MAX_RECORD_BYTES,
    'socket.request.max.bytes': 2 * MAX_RECORD_BYTES,

    // A misspelt topic is a mistake, not a new topic.
    'auto.create.topics.enable': false,
    'delete.topic.enable': true,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,

    // Nobody has to wait: for a group's first members, for a dead one, for what retention has let go of.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'log.initial.task.delay.ms': 1000,
    'log.retention.check.interval.ms': 1000,
    'log.segment.delete.delay.ms': 1000,
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 2000,

    'num.network.threads': 2,
    'num.io.threads': 2,
    'num.recovery.threads.per.data.dir': 1,
    'log.segment.bytes': 256 * MIB,
    'log.cleaner.dedupe.buffer.size': 16 * MIB,
    ...(secured === null ? {} : securedSettings(secured)),
  }
  return lines(settings)
}

/** Who comes by the plain listener may do everything; a user of the secured one what an ACL allows. */
function securedSettings({ users, certificates }: NonNullable<BrokerSettings['secured']>) {
  const listener = 'listener.name.secured'
  const known = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`)
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  return {
    [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required${known.join('')};`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: scram,
    [`${listener}.ssl.keystore.type`]: 'PKCS12',
    [`${listener}.ssl.keystore.location`]: slashes(certificates.keystore),
    [`${listener}.ssl.keystore.password`]: certificates.password,
    [`${listener}.ssl.key.password`]: certificates.password,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': false,
  }
}

/** The whole of its log goes to standard output. */
export const LOG4J_PROPERTIES = lines({
  'rootLogger.level': 'INFO',
  'rootLogger.appenderRef.console.ref': 'console',
  'appender.console.type': 'Console',
  'appender.console.name': 'console',
  'appender.console.layout.type': 'PatternLayout',
  'appender.console.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
})

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** In a properties file a backslash escapes what follows. */
const slashes = (path: string) => path.replaceAll('\\', '/')
