/**
 * The triggers, in the order in which an image flows through them. Each loads what it needs on its first event: module loading is
 * what a cold start costs, and what a burst costs most.
 */
import { createRequire } from 'node:module'
import { onObjectFinalized } from 'firebase-functions/v2/storage'
import type * as Https from 'firebase-functions/v2/https'
import { onSchedule } from 'firebase-functions/v2/scheduler'
import type * as Tasks from 'firebase-functions/v2/tasks'
import type { Caller } from './api/refused.ts'
import {
  accountOf,
  type ACCOUNTS,
  appCheckIsWanted,
  bridgeIsWanted,
  bridgeSecrets,
  location,
  rawBucket,
  webOrigins,
} from './config/deployment.ts'
import { PROCESS_TIMEOUT_SECONDS } from './config/settings.ts'
import { ADMIN_CALLS, type AdminCall } from './contract/admin.ts'
import { CUSTOMER_CALLS, type CustomerCall } from './contract/customer.ts'
import { cronOf, SCHEDULES, type Scheduled } from './contract/runs.ts'
import type { RedriveTask } from './intake/redrive-task.ts'

/** How long one run takes records. Then it still finishes, commits and answers. */
const BRIDGE_SECONDS = process.env['FUNCTIONS_EMULATOR'] === 'true' ? 45 : 480

/** The one function that this process runs. Not set where all are read to be deployed. */
const target = process.env['FUNCTION_TARGET']
const isRunBy = (...names: readonly string[]) => target === undefined || names.includes(target)
/**
 * Of the triggers' modules these two alone bring half of firebase-admin along, three quarters of the loading of all
 * (docs/decisions/startup.md): only a process that runs what they are for loads them. Not by import(), since the emulator takes no module
 * that awaits at its top level.
 */
const require = createRequire(import.meta.url)
const tasks = isRunBy('redrive') ? (require('firebase-functions/v2/tasks') as typeof Tasks) : null
const https = isRunBy(...ADMIN_CALLS, ...CUSTOMER_CALLS, 'openLink')
  ? (require('firebase-functions/v2/https') as typeof Https)
  : null

/** Kafka to the raw bucket. There is none where no broker is set: it would need a secret that nobody has made. */
export const bridgeKafka = bridgeIsWanted()
  ? onSchedule(
      {
        schedule: cronOf('bridgeKafka'),
        region: location,
        serviceAccount: accountOf('bridgeKafka'),
        memory: '1GiB',
        cpu: 1,
        concurrency: 1,
        // A run that goes on while the next begins shares the partitions with it.
        maxInstances: 2,
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        retryCount: 0,
        timeoutSeconds: SCHEDULES.bridgeKafka.timeoutSeconds,
        secrets: bridgeSecrets(),
      },
      async () => {
        const { bridgeNow } = await import('./platform/compose-bridge.ts')
        await bridgeNow(BRIDGE_SECONDS)
      },
    )
  : undefined

/** A raw object has arrived: process it, write its results, count it. */
export const processImage = onObjectFinalized(
  {
    bucket: rawBucket,
    region: location,
    serviceAccount: accountOf('processImage'),
    retry: true,
    memory: '2GiB',
    cpu: 1,
    concurrency: 2,
    timeoutSeconds: PROCESS_TIMEOUT_SECONDS,
    maxInstances: 50,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
  },
  async (event) => {
    const { receiveObject } = await import('./platform/compose.ts')
    await receiveObject(event.data.name, 'event')
  },
)

/** The same code, one image to a process: what has killed a process, and what reconcile has found, comes this way. */
export const redrive = tasks?.onTaskDispatched<RedriveTask>(
  {
    region: location,
    serviceAccount: accountOf('redrive'),
    memory: '4GiB',
    cpu: 1,
    concurrency: 1,
    timeoutSeconds: PROCESS_TIMEOUT_SECONDS,
    maxInstances: 10,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    retryConfig: { maxAttempts: 8, minBackoffSeconds: 5, maxBackoffSeconds: 400 },
    rateLimits: { maxConcurrentDispatches: 10 },
  },
  async (request) => {
    const { receiveObject } = await import('./platform/compose.ts')
    await receiveObject(request.data.rawName, 'redrive')
  },
)

/** One run at a time; the next one takes up what a run leaves, so that none is retried. */
const byTheClock = (name: Scheduled & keyof typeof ACCOUNTS) =>
  ({
    schedule: cronOf(name),
    timeoutSeconds: SCHEDULES[name].timeoutSeconds,
    region: location,
    serviceAccount: accountOf(name),
    memory: '512MiB',
    cpu: 1,
    concurrency: 1,
    maxInstances: 1,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    retryCount: 0,
  }) as const
/** How long a run begins with something new. Then it still finishes what it has begun. */
const secondsOf = (name: Scheduled) => SCHEDULES[name].timeoutSeconds - 60

/** How long a run of rollup begins with something new: the next is due after a minute. What it has begun it still finishes. */
const ROLLUP_SECONDS = 45

/** Keeps what the admin's page reads up with the counters. */
export const rollup = onSchedule(byTheClock('rollup'), async () => {
  const { rollUpNow } = await import('./platform/compose-rollup.ts')
  await rollUpNow(ROLLUP_SECONDS)
})

/** Firestore to BigQuery: rows are there within ten minutes. */
export const exportToBigQuery = onSchedule(
  // Two pages of 24 MiB are in memory, several times over while they are made and sent.
  { ...byTheClock('exportToBigQuery'), memory: '1GiB' },
  async () => {
    const { exportNow } = await import('./platform/compose-export.ts')
    await exportNow(secondsOf('exportToBigQuery'))
  },
)

/** Finds what events have missed and what died at work. */
export const reconcile = onSchedule(byTheClock('reconcile'), async () => {
  const { reconcileNow } = await import('./platform/compose.ts')
  await reconcileNow(secondsOf('reconcile'))
})

/** Recounts what has changed and come to rest: the counters must say what the records add up to, and BigQuery have each key once. */
export const recount = onSchedule({ ...byTheClock('recount'), memory: '1GiB' }, async () => {
  const { recountNow } = await import('./platform/compose-reconcile.ts')
  await recountNow(secondsOf('recount'))
})

/**
 * What a page asks. Anybody may knock, since whoever is signed in is known by a token that Cloud Run can't read: the `answer` finds out who may.
 */
const call = (
  name: AdminCall | CustomerCall,
  options: Https.CallableOptions,
  answer: (caller: Caller | null, data: unknown) => Promise<unknown>,
) =>
  https?.onCall<unknown>(
    {
      region: location,
      serviceAccount: accountOf(name),
      memory: '512MiB',
      cpu: 1,
      cors: webOrigins(),
      enforceAppCheck: appCheckIsWanted(),
      ...options,
    },
    async ({ auth, data }) => {
      try {
        return await answer(auth ?? null, data)
      } catch (error) {
        const { Refused } = await import('./api/refused.ts')
        // Of this very module: there is another HttpsError for import, which onCall does not know.
        throw error instanceof Refused ? new https.HttpsError(error.code, error.message) : error
      }
    },
  )

/** What the customer's page asks: api/customer-call.ts finds out for whom. Many may call at once, each for little. */
const customerCall = (name: CustomerCall, options: Https.CallableOptions) =>
  call(name, { maxInstances: 10, concurrency: 20, timeoutSeconds: 60, ...options }, async (caller, data) => {
    const { answerCaller } = await import('./platform/compose-customer.ts')
    return answerCaller(name, caller, data)
  })

/** Tries a customer's failed images again, hides those that it deletes, and shows them again. */
export const customerImages = customerCall('customerImages', { timeoutSeconds: 120 })

/** Links by which a customer shows a result to somebody who is not signed in. */
export const customerLinks = customerCall('customerLinks', {})

/** Signs a user out everywhere. */
export const customerAccount = customerCall('customerAccount', { maxInstances: 2 })

/** How long an answer of openLink may take: Hosting waits a minute for a function. https://firebase.google.com/docs/hosting/functions */
const LINK_SECONDS = 55

/** What a share link shows, to whoever has it: Hosting hands `/s/...` on. Few instances, since all the world may call it. */
export const openLink = https?.onRequest(
  {
    region: location,
    serviceAccount: accountOf('openLink'),
    invoker: 'public',
    cors: false,
    memory: '256MiB',
    cpu: 1,
    concurrency: 20,
    maxInstances: 3,
    timeoutSeconds: 60,
  },
  async (request, response) => {
    const { answerLink } = await import('./platform/compose-link.ts')
    await answerLink(request, response, LINK_SECONDS)
  },
)

/** What the admin's page asks: api/callable.ts finds out who may. */
const adminCall = (
  name: AdminCall,
  { timeoutSeconds, ...options }: Https.CallableOptions & { timeoutSeconds: number },
) =>
  call(name, { maxInstances: 2, timeoutSeconds, ...options }, async (caller, data) => {
    const { answerAdmin } = await import('./platform/compose-admin.ts')
    return answerAdmin(name, 0.9 * timeoutSeconds, caller, data)
  })

/** A customer's limits and profiles, and the pause. */
export const adminSettings = adminCall('adminSettings', { timeoutSeconds: 30, concurrency: 20 })

/** Tries failed images again, or says how many could be. */
export const adminReplay = adminCall('adminReplay', { timeoutSeconds: 540, concurrency: 4 })

/** Kafka's dead letters. Where there is no Kafka it says so. */
export const adminLetters = adminCall('adminLetters', {
  timeoutSeconds: 540,
  concurrency: 1,
  memory: '1GiB',
  secrets: bridgeIsWanted() ? bridgeSecrets() : [],
})

/** The export, now instead of within five minutes. */
export const adminExport = adminCall('adminExport', { timeoutSeconds: 540, concurrency: 1, memory: '1GiB' })

/** Counts days by records, counters and BigQuery's rows, and reads back what keeps results from being deleted. */
export const adminHealth = adminCall('adminHealth', { timeoutSeconds: 540, concurrency: 4 })
