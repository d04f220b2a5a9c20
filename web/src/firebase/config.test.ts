import { loadConfig } from './config.ts'

const INIT = { projectId: 'demo-darkroom', apiKey: 'key', authDomain: 'demo.example', storageBucket: 'ignored' }
const PAGE = new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })

/** A server that has these files and answers 404 for others. */
const server = (files: Readonly<Record<string, unknown>>) => async (url: string) => {
  const file = files[url]
  if (file === undefined) return new Response('not found', { status: 404 })
  return file instanceof Response ? file.clone() : Response.json(file)
}
const load = (init: unknown, config?: unknown) =>
  loadConfig(server({ '/__/firebase/init.json': init, '/config.json': config }))

it.each([
  { config: undefined, what: 'absent' },
  { config: PAGE, what: 'the page itself, as a rewrite answers' },
])('takes the default buckets and no emulators where config.json is $what', async ({ config }) => {
  expect(await load(INIT, config)).toEqual({
    projectId: 'demo-darkroom',
    apiKey: 'key',
    authDomain: 'demo.example',
    rawBucket: 'demo-darkroom-raw',
    processedBucket: 'demo-darkroom-processed',
    location: 'europe-west1',
    appCheck: null,
    emulators: null,
    signIns: [],
  })
})

it("goes by the local stack's config.json", async () => {
  const config = {
    rawBucket: 'in',
    processedBucket: 'out',
    location: 'europe-west3',
    emulators: {
      auth: 'http://127.0.0.1:9099',
      firestore: '127.0.0.1:8080',
      storage: 'http://127.0.0.1:9199',
      functions: 'http://127.0.0.1:5001',
    },
    signIns: [{ email: 'bo@birch.example', password: 'darkroom', label: 'Bo Birch' }],
  }
  expect(await load(INIT, config)).toMatchObject(config)
})

it('proves itself to App Check where there is a key, as the app that Hosting says it is', async () => {
  const config = { appCheck: { siteKey: '6Le-site-key' } }
  expect(await load({ ...INIT, appId: '1:2:web:3' }, config)).toMatchObject({
    appCheck: { siteKey: '6Le-site-key', appId: '1:2:web:3' },
  })
  await expect(load(INIT, config)).rejects.toThrow('init.json should name appId')
})

it('takes a stack without functions', async () => {
  const emulators = { auth: 'http://a', firestore: 'f', storage: 'http://s', functions: null }
  expect(await load(INIT, { emulators })).toMatchObject({ emulators })
})

it.each([
  { init: undefined, config: {}, message: /init\.json is not there/ },
  { init: PAGE, config: {}, message: /init\.json is not there/ },
  { init: { projectId: 'p' }, config: {}, message: /init\.json should name apiKey/ },
  { init: new Response('', { status: 503 }), config: {}, message: /init\.json .* answers 503/ },
  { init: INIT, config: [], message: /config\.json is damaged/ },
  { init: INIT, config: { rawBucket: '' }, message: /config\.json should name rawBucket/ },
  { init: INIT, config: { emulators: { auth: 'http://a' } }, message: /should name firestore/ },
  { init: INIT, config: { location: 5 }, message: /should name location/ },
  { init: INIT, config: { appCheck: 'on' }, message: /appCheck should be an object/ },
  { init: INIT, config: { appCheck: {} }, message: /should name siteKey/ },
  { init: INIT, config: { signIns: 'all' }, message: /signIns should be a list/ },
  // Going on with the defaults would show a project's own buckets as another's.
  { init: INIT, config: new Response('', { status: 500 }), message: /config\.json .* answers 500/ },
])('says $message', async ({ init, config, message }) => {
  await expect(load(init, config)).rejects.toThrow(message)
})

const offline = () => Promise.reject(new TypeError('fetch failed'))

it('tells a missing connection from a missing file', async () => {
  await expect(loadConfig(offline)).rejects.toThrow(/connection/)
})
