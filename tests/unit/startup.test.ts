/** What a process of each function loads, which is what its cold start costs. The sources run as they are; nothing need be built. */
import { ACCOUNTS } from '../../functions/src/config/deployment.ts'
import { runChild, sdksAt } from '../../bench/child.ts'

const loading = async (env: Record<string, string>, ...modules: string[]) => {
  const code = modules.map((name) => `await import('./src/${name}')`).join('\n')
  return sdksAt(await runChild({ code: `${code}\nmark('loaded')`, env, traced: true }), 'loaded')
}

const KAFKA = { KAFKA_BROKERS: 'kafka.example:9092' }

it.each(['processImage', 'exportToBigQuery', 'reconcile', 'recount', 'bridgeKafka'])(
  'a process that runs %s begins with firebase-functions alone',
  async (target) => {
    expect(await loading({ FUNCTION_TARGET: target, ...KAFKA }, 'index.ts')).toEqual(['firebase-functions'])
  },
)

it('a process that runs redrive loads no client of Google Cloud and no sharp before its first task', async () => {
  expect(await loading({ FUNCTION_TARGET: 'redrive' }, 'index.ts')).toEqual(['firebase-functions', 'firebase-admin'])
})

it('claiming, skipping and reconciling images loads no sharp: that waits for the first pixel', async () => {
  expect(await loading({ FUNCTION_TARGET: 'processImage' }, 'index.ts', 'platform/compose.ts')).toEqual([
    'firebase-functions',
    '@google-cloud/firestore',
    '@google-cloud/storage',
  ])
})

it('the export loads neither sharp nor the client of Storage', async () => {
  expect(await loading({ FUNCTION_TARGET: 'exportToBigQuery' }, 'index.ts', 'platform/compose-export.ts')).toEqual([
    'firebase-functions',
    '@google-cloud/firestore',
    '@google-cloud/bigquery',
  ])
})

it('the recount loads neither sharp nor the client of Storage', async () => {
  expect(await loading({ FUNCTION_TARGET: 'recount' }, 'index.ts', 'platform/compose-reconcile.ts')).toEqual([
    'firebase-functions',
    '@google-cloud/firestore',
    '@google-cloud/bigquery',
  ])
})

it('the bridge loads neither sharp nor the client of BigQuery', async () => {
  const env = { FUNCTION_TARGET: 'bridgeKafka', ...KAFKA }
  expect(await loading(env, 'index.ts', 'platform/compose-bridge.ts')).toEqual([
    'firebase-functions',
    '@google-cloud/firestore',
    '@google-cloud/storage',
    'kafkajs',
  ])
})

it('where no target is named, as when functions are read to be deployed, every function is there', async () => {
  const code = `
    const { redrive, ...others } = await import('./src/index.ts')
    const all = Object.entries({ redrive, ...others })
    for (const [name, value] of all) mark(name + ' ' + typeof value?.__endpoint)`
  const marks = await runChild({ code, env: KAFKA })
  expect(marks.map(({ name }) => name)).toEqual(expect.arrayContaining(['redrive object', 'bridgeKafka object']))
  expect(marks.filter(({ name }) => !name.endsWith(' object'))).toEqual([])
})

it('where no broker is set there is no bridge to deploy, and no secret that it would ask for', async () => {
  const code = `
    const { bridgeKafka } = await import('./src/index.ts')
    mark(String(bridgeKafka?.__endpoint.secretEnvironmentVariables?.map(({ key }) => key)))`
  const secrets = async (env: Record<string, string>) => (await runChild({ code, env })).map(({ name }) => name)
  expect(await secrets({})).toEqual(['undefined'])
  expect(await secrets(KAFKA)).toEqual([''])
  expect(await secrets({ ...KAFKA, KAFKA_SECURITY: 'SASL_SSL' })).toEqual(['KAFKA_PASSWORD'])
})

it('each function has an account of its own, with the least that it needs', async () => {
  const code = `
    const all = Object.entries(await import('./src/index.ts'))
    for (const [name, value] of all) mark(name + ' ' + value?.__endpoint.serviceAccountEmail.toCEL())`
  const marks = (await runChild({ code, env: KAFKA })).map(({ name }) => name)
  expect(marks.sort()).toEqual(
    Object.entries(ACCOUNTS)
      .map(([name, account]) => `${name} ${account}@{{ params.PROJECT_ID }}.iam.gserviceaccount.com`)
      .sort(),
  )
})
