/** The APIs that the project needs. https://cloud.google.com/service-usage/docs/reference/rest */
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import type { Change, GoogleApi, Resource } from './resource.ts'

/** Each with what needs it. */
const SERVICES = {
  artifactregistry: "the functions' container images",
  bigquery: 'figures for the business',
  cloudbilling: '`npm run deploy` asks whether the project may cost something',
  cloudbuild: 'builds the functions',
  cloudfunctions: 'the functions',
  cloudresourcemanager: "the project's rights",
  cloudscheduler: 'export, reconcile, recount and the bridge run by the clock',
  cloudtasks: 'the redrive queue',
  eventarc: 'brings the raw bucket’s events',
  firebase: 'the project itself',
  firebaseappcheck: 'App Check, where APP_CHECK_SITE_KEY is set',
  firebasehosting: 'the web page',
  firebaserules: 'who may read what',
  firebasestorage: 'uploads and downloads of the web page',
  firestore: 'records and counters',
  iam: "the functions' accounts",
  iamcredentials: 'GitHub Actions deploy without a key',
  identitytoolkit: 'signing in',
  logging: 'logs and metrics from them',
  monitoring: 'alarms',
  pubsub: 'carries Eventarc’s events',
  recaptchaenterprise: 'App Check, where APP_CHECK_SITE_KEY is set',
  run: 'runs the functions',
  secretmanager: "Kafka's password",
  storage: 'the buckets',
  sts: 'GitHub Actions deploy without a key',
} as const

export const SERVICES_RESOURCE = 'APIs'
const host = (name: string) => `${name}.googleapis.com`
export const SERVICE_NAMES = Object.keys(SERVICES).map(host)

/** At most so many at once: https://cloud.google.com/service-usage/docs/reference/rest/v1/services */
const MOST_READ = 30
const MOST_ENABLED = 20

interface Service {
  readonly name?: string
  readonly state?: 'STATE_UNSPECIFIED' | 'DISABLED' | 'ENABLED'
}

export function services({ projectNumber }: Pick<Project, 'projectNumber'>): Resource {
  const parent = `https://serviceusage.googleapis.com/v1/projects/${projectNumber}`
  return {
    name: SERVICES_RESOURCE,
    async differs(api) {
      const missing = await disabled(api, parent, projectNumber)
      if (missing.length === 0) return null
      return {
        kind: 'update',
        changes: missing.map((name): Change => ({
          field: name,
          from: 'DISABLED',
          to: 'ENABLED',
          why: SERVICES[name.split('.')[0] as keyof typeof SERVICES],
        })),
        async apply() {
          for (const serviceIds of batches(missing, MOST_ENABLED)) {
            const url = `${parent}/services:batchEnable`
            const operation = await api.call<Operation>({ method: 'POST', url, body: { serviceIds } })
            await finished(api, 'https://serviceusage.googleapis.com/v1', operation)
          }
        },
      }
    },
  }
}

async function disabled(api: GoogleApi, parent: string, projectNumber: string): Promise<readonly string[]> {
  const enabled = new Set<string>()
  for (const batch of batches(SERVICE_NAMES, MOST_READ)) {
    const names = batch.map((name) => `projects/${projectNumber}/services/${name}`)
    const url = `${parent}/services:batchGet`
    const answer = await api.call<{ readonly services?: readonly Service[] }>({ method: 'GET', url, query: { names } })
    for (const { name, state } of answer.services ?? [])
      if (state === 'ENABLED') enabled.add(name?.split('/').at(-1) ?? '')
  }
  return SERVICE_NAMES.filter((name) => !enabled.has(name))
}

function batches<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, index) => all.slice(index * most, (index + 1) * most))
}
