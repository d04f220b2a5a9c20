import { defineSecret, defineString, projectID, expr } from 'firebase-functions/params'

/** Where nothing is said: Belgium. */
const DEFAULT_LOCATION = 'europe-west1'

/** As commands read it, which have no runtime of functions. */
export const locationIn = (env: Readonly<Record<string, string | undefined>>) =>
  env['LOCATION']?.trim() || DEFAULT_LOCATION

/**
 * What has to be known when functions are deployed, not only when they run. `firebase deploy` asks for each and keeps the answers in
 * functions/.env.<project>; every other setting of settings.ts may stand there as well.
 */
export const location = defineString('LOCATION', {
  default: DEFAULT_LOCATION,
  description: 'Region of the functions and of both buckets: an event is delivered in the region of its bucket.',
})

export const rawBucket = defineString('RAW_BUCKET', {
  default: expr`${projectID}-raw`,
  description: 'Bucket into which customers and the bridge put images.',
})

export const processedBucket = defineString('PROCESSED_BUCKET', {
  default: expr`${projectID}-processed`,
  description: 'Bucket for results; it must differ from the raw one.',
})

/** Where functions are read to be deployed, functions/.env.<project> is in the environment already. */
export const bridgeIsWanted = () => (process.env['KAFKA_BROKERS'] ?? '') !== ''

/** In Secret Manager, which only the bridge's account may read; `firebase deploy` asks for it. None where no password is needed. */
export const bridgeSecrets = () =>
  process.env['KAFKA_SECURITY'] === 'SASL_SSL' ? [defineSecret('KAFKA_PASSWORD')] : []

/** Whether what the web page calls asks for proof that it is the page: the same setting that makes the page bring it. */
export const appCheckIsWanted = () => (process.env['APP_CHECK_SITE_KEY'] ?? '').trim() !== ''

/** Where the web page is served from: every site has the first two. https://firebase.google.com/docs/hosting/custom-domain */
export const webOriginsOf = (projectId: string, more: readonly string[]): readonly string[] => [
  `https://${projectId}.web.app`,
  `https://${projectId}.firebaseapp.com`,
  ...more,
]

/** Whose pages a browser lets read a callable's answer. Not checked here: settings.ts does, before the first call. */
export function webOrigins(): string[] {
  const { GCLOUD_PROJECT: project = '', WEB_ORIGINS: more = '' } = process.env
  const named = more.split(',').map((origin) => origin.trim())
  return [
    ...webOriginsOf(
      project,
      named.filter((origin) => origin !== ''),
    ),
  ]
}

/**
 * Each function's own service account, which `npm run provision` makes with the least that the function needs. The worker of the bridge
 * has the bridge's.
 */
export const ACCOUNTS = {
  bridgeKafka: 'darkroom-bridge',
  processImage: 'darkroom-process',
  redrive: 'darkroom-redrive',
  exportToBigQuery: 'darkroom-export',
  reconcile: 'darkroom-reconcile',
  recount: 'darkroom-recount',
  rollup: 'darkroom-rollup',
  customerImages: 'darkroom-customer-images',
  customerLinks: 'darkroom-customer-links',
  customerAccount: 'darkroom-customer-account',
  adminSettings: 'darkroom-admin-settings',
  adminReplay: 'darkroom-admin-replay',
  adminLetters: 'darkroom-admin-letters',
  adminExport: 'darkroom-admin-export',
  adminHealth: 'darkroom-admin-health',
  openLink: 'darkroom-open-link',
} as const

/** Written out: to Cloud Scheduler firebase-tools passes a name as it stands, and does not complete `name@`. */
export const accountOf = (name: keyof typeof ACCOUNTS) => expr`${ACCOUNTS[name]}@${projectID}.iam.gserviceaccount.com`
