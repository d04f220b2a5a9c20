/**
 * What the first call to Firestore waits for, by client, by protocol and by what is said of Google's metadata server: each in fresh
 * processes, turn about, against the emulator.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startStack, type Stack } from '../stack/stack.ts'
import { runChild, type Mark } from './child.ts'
import { median, printTable, roundsAndJson, spread, written } from './figures.ts'

const HELP = `What the first call to Firestore waits for, in milliseconds.

npm run bench first-call
npm run bench first-call -- --rounds N   fresh processes of each kind (else 9)
npm run bench first-call -- --json       the figures as one line of JSON, the last of standard output
`
/** Transactions after the first call. */
const TRANSACTIONS = 20
/** Fresh emulators, for the first call that each gets. */
const EMULATORS = 3

const { rounds, json } = roundsAndJson(HELP, 9)

const calls = `
await firestore.doc('bench/first').get()
mark('first')
for (let i = 0; i < ${TRANSACTIONS}; i++) {
  await firestore.runTransaction(async (transaction) => {
    const document = firestore.doc('bench/' + i)
    await transaction.get(document)
    transaction.set(document, { i })
  })
  mark('transaction')
}`
const direct = (settings: string) => `
import { Firestore } from '@google-cloud/firestore'
mark('loaded')
const firestore = new Firestore(${settings})
${calls}`
const admin = (settings: string) => `
import { initializeApp } from 'firebase-admin/app'
import { initializeFirestore } from 'firebase-admin/firestore'
mark('loaded')
const firestore = initializeFirestore(initializeApp(), ${settings})
${calls}`

/** Said by the environment: nothing; that there is no metadata server; and what Cloud Functions says, where one answers at once. */
type Place = 'silent' | 'none' | 'cloud'
const ways: readonly (readonly [client: string, place: Place, code: string])[] = [
  ['@google-cloud/firestore', 'none', direct('{}')],
  ['@google-cloud/firestore', 'cloud', direct('{}')],
  ['@google-cloud/firestore', 'silent', direct('{}')],
  ['@google-cloud/firestore, preferRest', 'cloud', direct('{ preferRest: true }')],
  ['firebase-admin', 'none', admin('{}')],
  ['firebase-admin', 'cloud', admin('{}')],
  ['firebase-admin', 'silent', admin('{}')],
  ['firebase-admin, preferRest', 'cloud', admin('{ preferRest: true }')],
]

/** What a metadata server says to those who want a token, which REST does even of the emulator. https://cloud.google.com/run/docs/container-contract#metadata-server */
async function startMetadataServer(): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader('Metadata-Flavor', 'Google')
    const token = JSON.stringify({ access_token: 'owner', expires_in: 3600, token_type: 'Bearer' })
    if (request.url?.includes('/token')) response.setHeader('Content-Type', 'application/json').end(token)
    else response.end(request.url?.includes('universe') ? 'googleapis.com' : 'bench')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

interface Figures {
  readonly load: number
  readonly first: number
  readonly firstCpu: number
  readonly transaction: number
}

function figuresOf(marks: readonly Mark[]): Figures {
  const [loaded, first, ...others] = marks
  if (loaded === undefined || first === undefined) throw new Error('a process left out a mark')
  const transactions = others.map(({ wall }, i) => wall - (marks[i + 1]?.wall ?? NaN))
  return {
    load: loaded.wall,
    first: first.wall - loaded.wall,
    firstCpu: first.cpu - loaded.cpu,
    transaction: median(transactions),
  }
}

const startFirestore = () => startStack({ parts: ['firestore'], log: (line) => console.error(line) })
const addressesOf = (stack: Stack) => ({
  FIRESTORE_EMULATOR_HOST: stack.firestoreHost,
  GCLOUD_PROJECT: stack.projectId,
})

/** The first call that a new emulator gets. Its own Java has to warm up then, whoever calls. */
const fresh: number[] = []
for (let start = 0; start < EMULATORS; start++) {
  const stack = await startFirestore()
  try {
    const env = { ...addressesOf(stack), METADATA_SERVER_DETECTION: 'none' }
    fresh.push(figuresOf(await runChild({ code: direct('{}'), env })).first)
  } finally {
    await stack.stop()
  }
}

const metadata = await startMetadataServer()
const stack = await startFirestore()
try {
  const places: Readonly<Record<Place, Readonly<Record<string, string>>>> = {
    silent: {},
    none: { METADATA_SERVER_DETECTION: 'none' },
    cloud: { K_SERVICE: 'bench', GCE_METADATA_HOST: `127.0.0.1:${(metadata.address() as AddressInfo).port}` },
  }
  const measured = ways.map(() => [] as Figures[])
  for (let round = -1; round < rounds; round++) {
    for (const [i, [, place, code]] of ways.entries()) {
      const figures = figuresOf(await runChild({ code, env: { ...addressesOf(stack), ...places[place] } }))
      if (round >= 0) measured[i]?.push(figures)
    }
  }
  const reports = ways.map(([client, place], i) => {
    const all = measured[i] ?? []
    return {
      client,
      place,
      load: median(all.map(({ load }) => load)),
      first: spread(all.map(({ first }) => first)),
      firstCpu: median(all.map(({ firstCpu }) => firstCpu)),
      transaction: median(all.map(({ transaction }) => transaction)),
    }
  })
  printTable(
    ['client', 'metadata server', 'loaded ms', 'first get ms (lowest - highest)', 'its CPU ms', 'transaction ms'],
    reports.map(({ client, place, load, first, firstCpu, transaction }) => [
      client,
      place,
      load.toFixed(0),
      written(first, 0),
      firstCpu.toFixed(0),
      transaction.toFixed(1),
    ]),
  )
  console.log(`the first call that a new emulator gets: ${written(spread(fresh), 0)} ms, of ${EMULATORS} emulators`)
  if (json) console.log(JSON.stringify({ rounds, reports, fresh }))
} finally {
  metadata.close()
  await stack.stop()
}
