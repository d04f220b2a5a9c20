import { serverProperties } from './kafka-properties.ts'
import { kafkaEnv, planKafka } from './kafka.ts'
import { connectionOf } from './kafka-topics.ts'
import { PORT_NAMES, type Ports } from './ports.ts'

const ports = Object.fromEntries(PORT_NAMES.map((name, i) => [name, 9000 + i])) as unknown as Ports

const propertiesOf = (settings: Partial<Parameters<typeof serverProperties>[0]>) => {
  const text = serverProperties({ ports, dataFolder: '/data', host: '127.0.0.1', secured: null, ...settings })
  return new Map(text.split('\n').map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)] as const))
}

describe('what the broker is told', () => {
  it('listens on this machine alone, with neither passwords nor ACLs, unless more is asked for', () => {
    const properties = propertiesOf({})
    expect(properties.get('listeners')).toBe(
      `PLAINTEXT://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
    )
    expect([...properties.keys()].filter((name) => /^(listener\.name|authorizer)/.test(name ?? ''))).toEqual([])
  })

  it('in a container listens to all, and tells clients where the container is reached', () => {
    const properties = propertiesOf({ host: '0.0.0.0' })
    expect(properties.get('listeners')).toContain(`PLAINTEXT://0.0.0.0:${ports.kafka},`)
    expect(properties.get('advertised.listeners')).toBe(`PLAINTEXT://127.0.0.1:${ports.kafka}`)
  })

  it('has a listener with TLS and passwords where that is asked for, and asks ACLs', () => {
    const certificates = { keystore: 'C:\\tls\\server.p12', password: 'p', ca: '' }
    const properties = propertiesOf({ secured: { users: { alice: 'a1', bob: 'b2' }, certificates } })
    expect(properties.get('advertised.listeners')).toContain(`SECURED://localhost:${ports.kafkaSecured}`)
    expect(properties.get('listener.name.secured.plain.sasl.jaas.config')).toBe(
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="a1" user_bob="b2";',
    )
    expect(properties.get('listener.name.secured.ssl.keystore.location')).toBe('C:/tls/server.p12')
    expect(properties.get('allow.everyone.if.no.acl.found')).toBe('false')
  })
})

describe('what the functions are told of it', () => {
  it('is our broker without passwords, whatever the user has set for another', () => {
    expect(kafkaEnv(planKafka({ from: 'docker' }, '2026-x', ports))).toEqual({
      KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
      KAFKA_TOPIC: 'images',
      KAFKA_GROUP: 'darkroom-bridge',
      KAFKA_SECURITY: 'PLAINTEXT',
    })
  })

  it("is the user's own broker with names of this run alone, reached as the user says", () => {
    expect(kafkaEnv(planKafka({ from: 'user', brokers: 'kafka:9092' }, '2026-x', ports))).toEqual({
      KAFKA_BROKERS: 'kafka:9092',
      KAFKA_TOPIC: 'darkroom-2026-x',
      KAFKA_GROUP: 'darkroom-bridge-2026-x',
    })
  })

  it('is no broker where there is none', () => {
    expect(kafkaEnv(null)).toMatchObject({ KAFKA_BROKERS: '', KAFKA_TOPIC: 'images' })
  })
})

it("reaches the user's broker by the bridge's own settings, and says what is wrong with them", () => {
  expect(
    connectionOf({
      KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092',
      KAFKA_SECURITY: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_USERNAME: 'alice',
      KAFKA_PASSWORD: 'a1',
    }),
  ).toMatchObject({
    brokers: ['kafka-1:9092', 'kafka-2:9092'],
    security: 'SASL_SSL',
    mechanism: 'SCRAM-SHA-512',
    username: 'alice',
    password: 'a1',
    ca: null,
  })
  expect(() => connectionOf({ KAFKA_BROKERS: 'kafka' })).toThrow('KAFKA_BROKERS has "kafka"')
  expect(() => connectionOf({ KAFKA_BROKERS: 'kafka:9092', KAFKA_SECURITY: 'SASL_SSL' })).toThrow(
    'KAFKA_USERNAME is not set',
  )
})
