/** What a process of each function loads, which is what its cold start costs. The sources run as they are; nothing need be built. */
import { ACCOUNTS } from '../../functions/src/config/deployment.ts'
import { cronOf, SCHEDULED, SCHEDULES } from '../../functions/src/contract/runs.ts'
import { runChild, sdksAt } from '../../bench/child.ts'

const loading = async (env: Record<string, string>, ...modules: string[]) => {
  const code = modules.map((name) => `await import('./src/${name}')`).join('\n')
  return sdksAt(await runChild({ code: `${code}\nmark('loaded')`, env, traced: true }), 'loaded')
}

const KAFKA = { KAFKA_BROKERS: 'kafka.example:9092' }

it.each(['processImage', 'rollup', 'exportToBigQuery', 'reconcile', 'recount', 'bridgeKafka'])(
  'a process that runs %s begins with firebase-functions alone',
  async (target) => {
    expect(await loading({ FUNCTION_TARGET: target, ...KAFKA }, 'index.ts')).toEqual(['firebase-functions'])
  },
)

it('a process that runs redrive loads no client of Google Cloud and no sharp before its first task', async () => {
  expect(await loading({ FUNCTION_TARGET: 'redrive' }, 'index.ts')).toEqual(['firebase-functions', 'firebase-admin'])
})

it('finding out who calls for an admin, and what, loads the client of Firestore alone', async () => {
  const env = { FUNCTION_TARGET: 'adminSettings', GCLOUD_PROJECT: 'p' }
  expect(await loading(env, 'index.ts')).toEqual(['firebase-functions', 'firebase-admin'])
  expect(await loading(env, 'index.ts', 'platform/compose-admin.ts')).toEqual([
    'firebase-functions',
    'firebase-admin',
    '@google-cloud/firestore',
  ])
})

it('what the page calls answers its own sites alone, and asks for App Check where the setting says so', async () => {
  const code = `
    const { adminExport } = await import('./src/index.ts')
    const ask = (origin) => new Promise((resolve) => {
      const set = {}
      const headers = { 'content-type': 'application/json', origin }
      const send = ({ error }) => resolve([origin, set['Access-Control-Allow-Origin'] === origin, error.message])
      const response = { on() {}, getHeader: (name) => set[name], setHeader: (name, value) => (set[name] = value), status: () => ({ send }) }
      adminExport({ method: 'POST', headers, header: (name) => headers[name.toLowerCase()], body: { data: {} } }, response)
    })
    for (const origin of ['https://p.web.app', 'https://shop.example', 'https://evil.example']) mark((await ask(origin)).join())`
  const env = { FUNCTION_TARGET: 'adminExport', GCLOUD_PROJECT: 'p', WEB_ORIGINS: 'https://shop.example' }
  const answers = async (more: Record<string, string>) =>
    (await runChild({ code, env: { ...env, ...more } })).map(({ name }) => name)
  // Whoever has the token of the page is asked who they are; whoever has not is not even asked.
  expect(await answers({})).toEqual([
    'https://p.web.app,true,Sign in first.',
    'https://shop.example,true,Sign in first.',
    'https://evil.example,false,Sign in first.',
  ])
  expect(await answers({ APP_CHECK_SITE_KEY: 'key' })).toEqual([
    'https://p.web.app,true,Unauthenticated',
    'https://shop.example,true,Unauthenticated',
    'https://evil.example,false,Unauthenticated',
  ])
})

it('a share link loads the clients of Firestore and Storage alone, and they wait for the first', async () => {
  const env = { FUNCTION_TARGET: 'openLink', GCLOUD_PROJECT: 'p' }
  expect(await loading(env, 'index.ts')).toEqual(['firebase-functions', 'firebase-admin'])
  expect(await loading(env, 'index.ts', 'platform/compose-link.ts')).toEqual([
    'firebase-functions',
    'firebase-admin',
    '@google-cloud/firestore',
    '@google-cloud/storage',
  ])
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

it('the rollup loads the client of Firestore alone', async () => {
  expect(await loading({ FUNCTION_TARGET: 'rollup' }, 'index.ts', 'platform/compose-rollup.ts')).toEqual([
    'firebase-functions',
    '@google-cloud/firestore',
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

it('what runs by the clock does so as the admin’s page reckons with', async () => {
  const code = `
    const all = Object.entries(await import('./src/index.ts'))
    for (const [name, value] of all) {
      const { scheduleTrigger, timeoutSeconds } = value?.__endpoint
      if (scheduleTrigger) mark([name, scheduleTrigger.schedule, timeoutSeconds].join())
    }`
  const marks = (await runChild({ code, env: KAFKA })).map(({ name }) => name)
  expect(marks.sort()).toEqual(
    SCHEDULED.map((name) => [name, cronOf(name), SCHEDULES[name].timeoutSeconds].join()).sort(),
  )
})
