import { assertConnectable, KAFKA_DEFINITIONS, kafkaOf, type KafkaSettings } from './kafka-settings.ts'
import { readerOf, SettingsError } from './reader.ts'

type Env = Readonly<Record<string, string>>

function read(env: Env = {}): { readonly settings: KafkaSettings; readonly problems: readonly string[] } {
  const problems: string[] = []
  const settings = kafkaOf(readerOf(env, KAFKA_DEFINITIONS, problems))
  return { settings, problems }
}
function connectable(env: Env): readonly string[] {
  const { settings, problems } = read(env)
  expect(problems).toEqual([])
  try {
    assertConnectable(settings)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

describe('the settings of the bridge', () => {
  it('have defaults, of which there is no bridge', () => {
    expect(read()).toEqual({
      problems: [],
      settings: {
        brokers: [],
        topic: 'images',
        group: 'darkroom-bridge',
        security: 'PLAINTEXT',
        mechanism: 'PLAIN',
        username: '',
        password: '',
        ca: null,
        run: 'function',
        memoryBytes: 256 * 1024 * 1024,
        uploads: 8,
        sessionSeconds: 30,
        datarefBuckets: [],
        results: true,
        healthPort: 8080,
      },
    })
  })

  it('are taken as they are set', () => {
    expect(
      read({
        KAFKA_BROKERS: ' kafka-1.example:9093, 10.0.0.7:9093 ,localhost:9092,',
        KAFKA_TOPIC: 'cameras.eu_1-x',
        KAFKA_GROUP: 'darkroom',
        KAFKA_SECURITY: 'SASL_SSL',
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_USERNAME: 'api-key',
        KAFKA_PASSWORD: 'secret',
        KAFKA_CA: PEM,
        KAFKA_RUN: 'worker',
        KAFKA_MEMORY_BYTES: '16777216',
        KAFKA_UPLOADS: '256',
        KAFKA_SESSION_SECONDS: '6',
        KAFKA_DATAREF_BUCKETS: 'camera-archive,other.archive',
        KAFKA_RESULTS: 'no',
        KAFKA_HEALTH_PORT: '0',
      }),
    ).toEqual({
      problems: [],
      settings: {
        brokers: ['kafka-1.example:9093', '10.0.0.7:9093', 'localhost:9092'],
        topic: 'cameras.eu_1-x',
        group: 'darkroom',
        security: 'SASL_SSL',
        mechanism: 'SCRAM-SHA-512',
        username: 'api-key',
        password: 'secret',
        ca: PEM,
        run: 'worker',
        memoryBytes: 16_777_216,
        uploads: 256,
        sessionSeconds: 6,
        datarefBuckets: ['camera-archive', 'other.archive'],
        results: false,
        healthPort: 0,
      },
    })
  })

  it.each<readonly [Env, string]>([
    [{ KAFKA_BROKERS: 'kafka-1.example' }, 'KAFKA_BROKERS has "kafka-1.example": expected what matches'],
    [{ KAFKA_BROKERS: 'a:9092,b:port' }, 'KAFKA_BROKERS has "b:port"'],
    [{ KAFKA_BROKERS: 'kafka://a:9092' }, 'KAFKA_BROKERS has "kafka://a:9092"'],
    [{ KAFKA_BROKERS: 'a:9092 b:9092' }, 'KAFKA_BROKERS has "a:9092 b:9092"'],
    [{ KAFKA_TOPIC: 'all images' }, 'KAFKA_TOPIC is "all images": expected a name that matches'],
    [{ KAFKA_TOPIC: '..' }, 'KAFKA_TOPIC is ".."'],
    [{ KAFKA_TOPIC: '-images' }, 'KAFKA_TOPIC is "-images"'],
    [{ KAFKA_TOPIC: 'größe' }, 'KAFKA_TOPIC is "größe"'],
    [{ KAFKA_TOPIC: 'x'.repeat(241) }, 'KAFKA_TOPIC is "xxx'],
    [{ KAFKA_SECURITY: 'SASL_PLAINTEXT' }, 'KAFKA_SECURITY is "SASL_PLAINTEXT": expected PLAINTEXT or SSL or SASL_SSL'],
    [{ KAFKA_SECURITY: 'ssl' }, 'KAFKA_SECURITY is "ssl"'],
    [
      { KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      'KAFKA_SASL_MECHANISM is "OAUTHBEARER": expected PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512',
    ],
    [{ KAFKA_RUN: 'cloud-run' }, 'KAFKA_RUN is "cloud-run": expected function or worker'],
    [
      { KAFKA_MEMORY_BYTES: '16777215' },
      'KAFKA_MEMORY_BYTES is "16777215": expected a whole number of bytes from 16777216 to 17179869184',
    ],
    [{ KAFKA_MEMORY_BYTES: '256M' }, 'KAFKA_MEMORY_BYTES is "256M"'],
    [{ KAFKA_UPLOADS: '0' }, 'KAFKA_UPLOADS is "0": expected a whole number of images from 1 to 256'],
    [{ KAFKA_UPLOADS: '257' }, 'KAFKA_UPLOADS is "257"'],
    [{ KAFKA_SESSION_SECONDS: '0' }, 'KAFKA_SESSION_SECONDS is "0": expected a whole number of seconds from 1 to 300'],
    [{ KAFKA_SESSION_SECONDS: '1.5' }, 'KAFKA_SESSION_SECONDS is "1.5"'],
    [{ KAFKA_DATAREF_BUCKETS: 'good-bucket,Bad Bucket' }, 'KAFKA_DATAREF_BUCKETS has "Bad Bucket"'],
    [{ KAFKA_DATAREF_BUCKETS: 'gs://camera-archive' }, 'KAFKA_DATAREF_BUCKETS has "gs://camera-archive"'],
    [{ KAFKA_RESULTS: 'true' }, 'KAFKA_RESULTS is "true": expected yes or no'],
    [{ KAFKA_HEALTH_PORT: '65536' }, 'KAFKA_HEALTH_PORT is "65536": expected a whole number from 0 to 65535'],
  ])('%j is refused with one sentence', (env, sentence) => {
    expect(read(env).problems).toEqual([expect.stringContaining(sentence)])
  })

  it('leave room in a topic’s name for those beside it', () => {
    const topic = 'x'.repeat(240)
    expect(read({ KAFKA_TOPIC: topic }).problems).toEqual([])
    // Kafka's own limit.
    expect(`${topic}.results`.length).toBeLessThanOrEqual(249)
  })

  it('report every mistake at once', () => {
    const env = { KAFKA_BROKERS: 'a,b', KAFKA_TOPIC: ' ? ', KAFKA_RUN: 'x', KAFKA_UPLOADS: '-1', KAFKA_RESULTS: '1' }
    expect(read(env).problems.map((problem) => problem.split(' ')[0])).toEqual([
      'KAFKA_BROKERS',
      'KAFKA_BROKERS',
      'KAFKA_TOPIC',
      'KAFKA_RUN',
      'KAFKA_UPLOADS',
      'KAFKA_RESULTS',
    ])
  })

  it('take a certificate whose line breaks are written as \\n, where a setting can hold none', () => {
    const { settings } = read({ KAFKA_CA: PEM.replaceAll('\n', '\\n') })
    expect(settings.ca).toBe(PEM)
  })

  it('say of each what it means and, of numbers, in which unit', () => {
    for (const [name, { meaning, ...definition }] of Object.entries(KAFKA_DEFINITIONS)) {
      expect([name, meaning.length > 10]).toEqual([name, true])
      if ('max' in definition && name !== 'KAFKA_HEALTH_PORT')
        expect([name, 'unit' in definition]).toEqual([name, true])
    }
  })
})

describe('a bridge', () => {
  const BROKERS = { KAFKA_BROKERS: 'kafka-1.example:9093' }
  const SASL = { ...BROKERS, KAFKA_SECURITY: 'SASL_SSL', KAFKA_USERNAME: 'user', KAFKA_PASSWORD: 'secret' }

  it.each<readonly [string, Env]>([
    ['without security', BROKERS],
    ['with TLS', { ...BROKERS, KAFKA_SECURITY: 'SSL' }],
    ['with an authority of its own', { ...BROKERS, KAFKA_SECURITY: 'SSL', KAFKA_CA: PEM.replaceAll('\n', '\\n') }],
    ['with a user', SASL],
  ])('%s can connect', (_how, env) => {
    expect(connectable(env)).toEqual([])
  })

  it.each<readonly [Env, string]>([
    [{}, 'KAFKA_BROKERS is not set: expected addresses such as kafka-1.example:9092'],
    [{ ...SASL, KAFKA_USERNAME: '' }, 'KAFKA_USERNAME is not set, and SASL_SSL needs one'],
    [{ ...SASL, KAFKA_PASSWORD: ' ' }, 'KAFKA_PASSWORD is not set, and SASL_SSL needs one'],
    [
      { ...BROKERS, KAFKA_CA: '/etc/ssl/ca.pem' },
      'KAFKA_CA is no certificate: expected PEM text that begins with -----BEGIN CERTIFICATE-----',
    ],
  ])('%j can not connect, and says why', (env, sentence) => {
    expect(connectable(env)).toEqual([sentence])
  })

  it('says everything that is wrong at once, and never the secret', () => {
    const settings = read({ KAFKA_SECURITY: 'SASL_SSL', KAFKA_CA: 'x', KAFKA_PASSWORD: 'top-secret' }).settings
    expect(() => assertConnectable(settings)).toThrow(
      /3 settings are wrong:\n- KAFKA_BROKERS.*\n- KAFKA_USERNAME.*\n- KAFKA_CA/,
    )
    expect(() => assertConnectable(settings)).not.toThrow(/top-secret/)
  })
})
