/** What kafkajs throws, as the port has it: one sentence that says what is wrong and what to do. */
import { KafkaFault, type FaultCode } from '../bridge/kafka.ts'

interface Thrown {
  readonly name?: string
  readonly message?: string
  /** Of Kafka's protocol. https://kafka.apache.org/protocol.html#protocol_error_codes */
  readonly type?: string
  /** Of Node's sockets and TLS, or the number of a protocol error. */
  readonly code?: unknown
  readonly broker?: string
  readonly cause?: unknown
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the broker's certificate has expired: have it renewed",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet: look at both clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: "the broker's certificate is for another host name: check KAFKA_BROKERS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the broker's certificate is signed by nobody we trust: set KAFKA_CA",
  UNABLE_TO_GET_ISSUER_CERT: "the broker's certificate is signed by nobody we trust: set KAFKA_CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the broker's certificate is signed by nobody we trust: set KAFKA_CA",
  SELF_SIGNED_CERT_IN_CHAIN: "the broker's certificate is signed by nobody we trust: set KAFKA_CA",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is signed by nobody we trust: set KAFKA_CA",
  EPROTO: 'the broker does not speak TLS on this port, or no version that we do: check KAFKA_SECURITY and the port',
}

/** The certificate errors that stand in no line above. */
const CERTIFICATE = /^(CERT|CRL|HOSTNAME|INVALID|UNABLE)_[A-Z_]+$/
/** Alerts by which a broker says that it wants a certificate of ours. */
const WANTS_CERTIFICATE = /^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE)$/

const AUTHENTICATION = new Set(['SASL_AUTHENTICATION_FAILED', 'ILLEGAL_SASL_STATE', 'UNSUPPORTED_SASL_MECHANISM'])
const REBALANCING = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const RIGHTS: Readonly<Record<string, string>> = {
  // Who may not know of a topic is not told either that there is none.
  TOPIC_AUTHORIZATION_FAILED: 'the user may not use the topic, or there is none',
  GROUP_AUTHORIZATION_FAILED: 'the user may not use the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'the user may not do this in the cluster',
}
const NETWORK = /^(ECONN|ENOTFOUND|ETIMEDOUT|EPIPE|EHOST|ENET|EAI_)/
const UNREACHABLE = /^KafkaJS(Connection|RequestTimeout|BrokerNotFound|NoBrokerAvailable|NumberOfRetriesExceeded)/

/** By its message, since kafkajs keeps nothing else. */
const BROKEN_OFF = /failed: (Closed connection|Connection (error|timeout)|Not connected|Request .* timed out)/

/** What a broker does to whom it does not understand, and what its end looks like. */
const HUNG_UP = /closed connection|closed by the server|before secure TLS connection/i

/** `noCoordinator`: why no broker named the group's coordinator, where that is all that `error` says. */
export function faultOf(error: unknown, what: string, noCoordinator: unknown = null): KafkaFault {
  if (error instanceof KafkaFault) return error
  const thrown = chainOf(error)
  const reasonless = thrown.some(({ name }) => name === 'KafkaJSGroupCoordinatorNotFound')
  const chain = reasonless ? [...thrown, ...chainOf(noCoordinator)] : thrown
  const fault = (code: FaultCode, message: string) =>
    new KafkaFault(code, `Kafka, ${what}: ${message}`, { cause: error })
  const at = chain.find(({ broker }) => broker !== undefined)?.broker ?? ''
  for (const { name = '', type = '', code, message = '' } of chain) {
    const tls = tlsProblemOf(String(code))
    if (tls !== undefined) return fault('tls', `${tls} (${String(code)}${at && ` at ${at}`}).`)
    // kafkajs says the same of a connection that ended meanwhile.
    if (name === 'KafkaJSSASLAuthenticationError' && BROKEN_OFF.test(message)) {
      return fault(
        'unreachable',
        `the connection broke off while logging in (${message}): check the broker and the network.`,
      )
    }
    if (name === 'KafkaJSSASLAuthenticationError' || AUTHENTICATION.has(type)) {
      return fault(
        'authentication',
        `the broker refuses the user or the password (${message}): check KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM.`,
      )
    }
    if (RIGHTS[type] !== undefined)
      return fault('authorization', `${RIGHTS[type]} (${type}): docs/kafka.md lists the rights that the bridge needs.`)
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
      return fault('unknown-topic', 'there is no such topic: create it, or check KAFKA_TOPIC.')
    if (TOO_LARGE.has(type))
      return fault('too-large', 'the broker takes no record of that size: raise max.message.bytes of the topic.')
    if (type === 'INVALID_SESSION_TIMEOUT') {
      return fault(
        'other',
        'the broker takes no session of that length: set KAFKA_SESSION_SECONDS to what its group.min.session.timeout.ms and group.max.session.timeout.ms allow.',
      )
    }
    if (REBALANCING.has(type)) return fault('rebalancing', 'the group is being shared out anew.')
  }
  const unreachable = chain.find(({ name = '', code }) => NETWORK.test(String(code)) || UNREACHABLE.test(name))
  if (unreachable !== undefined && chain.some(({ message = '' }) => HUNG_UP.test(message))) {
    return fault(
      'unreachable',
      `the broker${at && ` at ${at}`} closes the connection: check that it runs, and that it speaks KAFKA_SECURITY on this port.`,
    )
  }
  if (unreachable !== undefined) {
    return fault(
      'unreachable',
      `no broker answers${at && ` at ${at}`} (${chain.at(-1)?.message ?? ''}): check that it runs, KAFKA_BROKERS and the network.`,
    )
  }
  return fault('other', chain.at(-1)?.message ?? String(error))
}

function tlsProblemOf(code: string): string | undefined {
  if (TLS[code] !== undefined) return TLS[code]
  if (WANTS_CERTIFICATE.test(code))
    return 'the broker asks for a certificate of the client, which the bridge has not: use a listener without one'
  if (code.startsWith('ERR_SSL')) return TLS['EPROTO']
  return CERTIFICATE.test(code) ? "the broker's certificate can't be trusted: check it and KAFKA_CA" : undefined
}

/** The error, what caused it, and so on: kafkajs wraps. */
function chainOf(error: unknown): readonly Thrown[] {
  const chain: Thrown[] = []
  let at = error
  while (isThrown(at) && !chain.includes(at)) {
    chain.push(at)
    at = at.cause
  }
  return chain
}

const isThrown = (value: unknown): value is Thrown => typeof value === 'object' && value !== null
