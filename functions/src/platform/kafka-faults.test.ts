import { KafkaFault, type FaultCode } from '../bridge/kafka.ts'
import { faultOf } from './kafka-faults.ts'

type Made = new (message: string, more?: Readonly<Record<string, unknown>>) => Error
/** kafkajs' own classes and its own way to give up, by which the bridge has everything. */
const errors = jest.requireActual<{
  readonly KafkaJSConnectionError: Made
  readonly KafkaJSConnectionClosedError: Made
  readonly KafkaJSRequestTimeoutError: Made
  readonly KafkaJSSASLAuthenticationError: Made
  readonly KafkaJSGroupCoordinatorNotFound: Made
  readonly KafkaJSNonRetriableError: Made
  readonly KafkaJSBrokerNotFound: Made
  readonly KafkaJSNoBrokerAvailableError: new () => Error
}>('../../node_modules/kafkajs/src/errors.js')
const { errorCodes, createErrorFromCode } = jest.requireActual<{
  readonly errorCodes: readonly { readonly type: string; readonly code: number }[]
  readonly createErrorFromCode: (code: number) => Error
}>('../../node_modules/kafkajs/src/protocol/error.js')
const retrying = jest.requireActual<
  (options: Readonly<Record<string, number>>) => (act: () => Promise<never>) => Promise<never>
>('../../node_modules/kafkajs/src/retry/index.js')

const BROKER = 'kafka-1.example:9093'
const broken = (code: string, message = `Connection error: ${code}`) =>
  new errors.KafkaJSConnectionError(message, { broker: BROKER, code })
const refused = (message: string) => new errors.KafkaJSSASLAuthenticationError(message)
const said = (type: string) => createErrorFromCode(errorCodes.find((one) => one.type === type)?.code ?? 0)

/** As it arrives: kafkajs wraps what it has tried again, and what it has not. */
async function arriving(error: Error): Promise<unknown> {
  const once = retrying({ retries: 0, initialRetryTime: 1 })
  try {
    // Cluster, broker and socket try again each by themselves.
    const failing = async () => {
      throw error
    }
    return await once(() => once(failing))
  } catch (thrown) {
    return thrown
  }
}

const what = 'topic images'
const TABLE: readonly [why: string, error: Error, code: FaultCode, says: readonly string[]][] = [
  [
    'nobody listens',
    broken('ECONNREFUSED'),
    'unreachable',
    ['no broker answers', BROKER, 'ECONNREFUSED', 'KAFKA_BROKERS'],
  ],
  ['there is no such host', broken('ENOTFOUND'), 'unreachable', ['no broker answers', BROKER, 'KAFKA_BROKERS']],
  ['the network loses everything', broken('ETIMEDOUT'), 'unreachable', ['no broker answers', BROKER]],
  ['the name can not be resolved now', broken('EAI_AGAIN'), 'unreachable', ['no broker answers', BROKER]],
  [
    'no answer comes to a connection',
    new errors.KafkaJSConnectionError('Connection timeout', { broker: BROKER }),
    'unreachable',
    ['Connection timeout', BROKER],
  ],
  [
    'no answer comes to a request',
    new errors.KafkaJSRequestTimeoutError('Request Metadata timed out', { broker: BROKER }),
    'unreachable',
    ['Request Metadata timed out', BROKER],
  ],
  [
    'the broker is not known any more',
    new errors.KafkaJSBrokerNotFound('Broker 2 not found in the cached metadata'),
    'unreachable',
    ['Broker 2 not found', 'KAFKA_BROKERS'],
  ],
  ['there is none', new errors.KafkaJSNoBrokerAvailableError(), 'unreachable', ['No broker available']],
  [
    'the broker hangs up',
    new errors.KafkaJSConnectionClosedError('Closed connection', { host: 'kafka-1.example', port: 9093 }),
    'unreachable',
    [BROKER, 'closes the connection', 'KAFKA_SECURITY'],
  ],
  [
    'the broker hangs up on TLS',
    broken(
      'ECONNRESET',
      'Connection error: Client network socket disconnected before secure TLS connection was established',
    ),
    'unreachable',
    [BROKER, 'closes the connection', 'KAFKA_SECURITY'],
  ],

  ['the certificate has expired', broken('CERT_HAS_EXPIRED'), 'tls', ['expired', BROKER, 'renewed']],
  ['the certificate is not valid yet', broken('CERT_NOT_YET_VALID'), 'tls', ['not valid yet', 'clocks']],
  [
    'the certificate is another host’s',
    broken('ERR_TLS_CERT_ALTNAME_INVALID'),
    'tls',
    ['another host name', 'KAFKA_BROKERS'],
  ],
  ['its signer is unknown', broken('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls', ['nobody we trust', 'KAFKA_CA']],
  ['its signer is the customer’s own', broken('SELF_SIGNED_CERT_IN_CHAIN'), 'tls', ['nobody we trust', 'KAFKA_CA']],
  ['it has signed itself', broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls', ['nobody we trust', 'KAFKA_CA']],
  ['the certificate is revoked', broken('CERT_REVOKED'), 'tls', ["can't be trusted", 'CERT_REVOKED', 'KAFKA_CA']],
  ['the certificate is no authority’s', broken('INVALID_CA'), 'tls', ["can't be trusted", 'INVALID_CA']],
  ['the port speaks no TLS', broken('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls', ['does not speak TLS', 'KAFKA_SECURITY']],
  ['the port speaks another TLS', broken('EPROTO'), 'tls', ['does not speak TLS', 'KAFKA_SECURITY']],
  [
    'the broker wants a certificate',
    broken('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    'tls',
    ['certificate of the client', BROKER],
  ],

  [
    'the password is wrong',
    refused('SASL PLAIN authentication failed: Authentication failed: Invalid username or password'),
    'authentication',
    ['refuses the user or the password', 'Invalid username or password', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'],
  ],
  [
    'an old broker refuses the password',
    refused('SASL PLAIN authentication failed: Connection closed by the server'),
    'authentication',
    ['KAFKA_PASSWORD'],
  ],
  [
    'the mechanism is none of the broker’s',
    refused('SASL SCRAM-SHA-256 mechanism is not supported by the server'),
    'authentication',
    ['KAFKA_SASL_MECHANISM'],
  ],
  ['the broker says so by a code', said('SASL_AUTHENTICATION_FAILED'), 'authentication', ['KAFKA_PASSWORD']],
  [
    'the connection ends while logging in',
    refused('SASL PLAIN authentication failed: Closed connection'),
    'unreachable',
    ['broke off while logging in', 'Closed connection'],
  ],
  [
    'no answer comes while logging in',
    refused('SASL SCRAM SHA256 authentication failed: Request SaslAuthenticate(key: 36, version: 1) timed out'),
    'unreachable',
    ['broke off while logging in'],
  ],

  ['the topic is not the user’s', said('TOPIC_AUTHORIZATION_FAILED'), 'authorization', ['the topic', 'docs/kafka.md']],
  [
    'the group is not the user’s',
    said('GROUP_AUTHORIZATION_FAILED'),
    'authorization',
    ['the consumer group', 'docs/kafka.md'],
  ],
  [
    'the cluster is not the user’s',
    said('CLUSTER_AUTHORIZATION_FAILED'),
    'authorization',
    ['in the cluster', 'docs/kafka.md'],
  ],
  ['there is no topic', said('UNKNOWN_TOPIC_OR_PARTITION'), 'unknown-topic', ['create it', 'KAFKA_TOPIC']],
  ['a record is too large', said('MESSAGE_TOO_LARGE'), 'too-large', ['max.message.bytes']],
  ['a batch is too large', said('RECORD_LIST_TOO_LARGE'), 'too-large', ['max.message.bytes']],

  ['the group is being shared out', said('REBALANCE_IN_PROGRESS'), 'rebalancing', ['shared out anew']],
  ['the group has been shared out', said('ILLEGAL_GENERATION'), 'rebalancing', ['shared out anew']],
  ['the group has forgotten us', said('UNKNOWN_MEMBER_ID'), 'rebalancing', ['shared out anew']],
  ['another broker has the group', said('NOT_COORDINATOR_FOR_GROUP'), 'rebalancing', ['shared out anew']],
  ['the broker is reading its groups', said('GROUP_LOAD_IN_PROGRESS'), 'rebalancing', ['shared out anew']],

  [
    'the session is none that it takes',
    said('INVALID_SESSION_TIMEOUT'),
    'other',
    ['KAFKA_SESSION_SECONDS', 'group.min.session.timeout.ms'],
  ],
  ['a leader is being chosen', said('LEADER_NOT_AVAILABLE'), 'other', ['leadership election']],
  [
    'something else',
    new errors.KafkaJSNonRetriableError('The consumer is stopping'),
    'other',
    ['The consumer is stopping'],
  ],
]

describe('what kafkajs throws where', () => {
  it.each(TABLE)('%s is one sentence with what to do', async (_why, error, code, says) => {
    for (const thrown of [error, await arriving(error)]) {
      const fault = faultOf(thrown, what)
      expect(fault).toMatchObject({ name: 'KafkaFault', code, cause: thrown })
      expect(fault.message).toMatch(/^Kafka, topic images: /)
      for (const part of says) expect(fault.message).toContain(part)
      expect(fault.message).not.toMatch(/undefined|null|\[object|\(\)|\n/)
    }
  })
})

it('has a code for every case, and of each it is told whether somebody must do something', () => {
  const lasting = ['tls', 'authentication', 'authorization', 'unknown-topic', 'too-large']
  const passing = ['unreachable', 'rebalancing', 'other']
  const codes = [...new Set(TABLE.map(([, , code]) => code))].sort()
  expect(codes).toEqual([...lasting, ...passing].sort())
  for (const code of codes) expect([code, new KafkaFault(code, '').lasting]).toEqual([code, lasting.includes(code)])
})

it('says why no broker named the coordinator of the group, where kafkajs keeps that to itself', async () => {
  const thrown = await arriving(new errors.KafkaJSGroupCoordinatorNotFound('Failed to find group coordinator'))
  expect(faultOf(thrown, what)).toMatchObject({ code: 'other' })
  const reason = said('GROUP_AUTHORIZATION_FAILED')
  expect(faultOf(thrown, what, reason)).toMatchObject({ code: 'authorization', cause: thrown })
  // Of any other error it is no explanation.
  expect(faultOf(broken('ECONNREFUSED'), what, reason)).toMatchObject({ code: 'unreachable' })
})

it('leaves a fault as it is', () => {
  const fault = new KafkaFault('too-large', 'as it was')
  expect(faultOf(fault, what)).toBe(fault)
})

it.each([
  ['a string', 'no reason', 'no reason'],
  ['null', null, 'null'],
  ['nothing', undefined, 'undefined'],
  ['an error without a message', new Error(''), ''],
])('makes a fault of %s too', (_what, thrown, says) => {
  expect(faultOf(thrown, what)).toMatchObject({ code: 'other', message: `Kafka, topic images: ${says}` })
})

it('comes to an end where errors are each other’s cause', () => {
  const [one, two] = [new Error('one'), new Error('two')]
  one.cause = two
  two.cause = one
  expect(faultOf(one, what)).toMatchObject({ code: 'other', message: 'Kafka, topic images: two' })
})
