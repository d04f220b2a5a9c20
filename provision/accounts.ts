/** A service account for each function: none runs as a default one. https://cloud.google.com/iam/docs/service-accounts-create */
import { ACCOUNTS } from '../functions/src/config/deployment.ts'
import { changesBetween, type Json } from './compare.ts'
import { found, Obstacle, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

/** As in functions/src/index.ts. */
export type FunctionName = keyof typeof ACCOUNTS
export const FUNCTION_NAMES = Object.keys(ACCOUNTS) as readonly FunctionName[]

/** Google keeps 256 bytes of it. */
const DESCRIPTIONS: Readonly<Record<FunctionName, string>> = {
  bridgeKafka: 'Takes images from Kafka into the raw bucket, and sends back what became of them.',
  processImage: 'Processes an image once it is in the raw bucket.',
  redrive: 'Processes one image at a time: those that an event has missed or a process has died over.',
  exportToBigQuery: 'Moves records and counters from Firestore to BigQuery.',
  reconcile: 'Finds raw images without a record and work that has died, and hands them to redrive.',
  recount: 'Counts records again and holds them against the counters and BigQuery.',
  rollup: "Adds the counters up to what the admin's page reads.",
  customerImages: 'Tries failed images again, deletes and restores images, for their customer.',
  customerLinks: 'Makes and revokes links to results, for their customer.',
  customerAccount: 'Signs a user out everywhere.',
  adminSettings: 'Sets what an admin decides: limits and profiles of customers, the pause.',
  adminReplay: 'Hands failed images to redrive once more, for an admin.',
  adminLetters: "Shows Kafka's dead letters and sends them once more, for an admin.",
  adminExport: 'Exports to BigQuery at once, for an admin.',
  adminHealth: 'Counts days and reads back how long the buckets keep, for an admin.',
  openLink: 'Shows one result to whoever has its share link.',
}

/** `id`: what stands before the @. */
export const emailOfAccount = (project: string, id: string) => `${id}@${project}.iam.gserviceaccount.com`
export const emailOf = (project: string, name: FunctionName) => emailOfAccount(project, ACCOUNTS[name])
export const memberOf = (project: string, name: FunctionName) => `serviceAccount:${emailOf(project, name)}`
/** For {@link Resource.needs}. */
export const accountResourceName = (name: FunctionName) => `account ${ACCOUNTS[name]}`
export const accountUrl = (project: string, email: string) =>
  `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts/${email}`

interface ServiceAccount {
  readonly displayName?: string
  readonly description?: string
  readonly disabled?: boolean
}

export const accountResources = (project: string): readonly Resource[] =>
  FUNCTION_NAMES.map((name) =>
    accountResource(project, {
      id: ACCOUNTS[name],
      displayName: `Darkroom: ${name}`,
      description: DESCRIPTIONS[name],
      without: `${name} can do nothing`,
    }),
  )

export interface WantedAccount {
  /** What stands before the @. */
  readonly id: string
  /** At most 100 bytes. */
  readonly displayName: string
  /** At most 256 bytes. */
  readonly description: string
  /** What it means where it is disabled. */
  readonly without: string
}

export const accountResource = (project: string, wanted: WantedAccount): Resource => ({
  name: `account ${wanted.id}`,
  needs: [SERVICES_RESOURCE],
  differs: async (api) => differs(api, project, wanted),
})

async function differs(api: GoogleApi, project: string, account: WantedAccount) {
  const { id, displayName, description, without } = account
  const wanted = { displayName, description }
  const email = emailOfAccount(project, id)
  const url = accountUrl(project, email)
  const there = await found<ServiceAccount>(api, url)
  if (there === null) {
    return {
      kind: 'create' as const,
      changes: changesBetween(null, wanted),
      apply: async () => {
        const accounts = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts`
        await api.call({ method: 'POST', url: accounts, body: { accountId: id, serviceAccount: wanted } })
      },
    }
  }
  if (there.disabled === true) {
    throw new Obstacle(
      `${email} is disabled, so ${without}. Whoever disabled it had a reason; if it has gone: gcloud iam service-accounts enable ${email} --project ${project}`,
    )
  }
  const changes = changesBetween(there as Json, wanted)
  if (changes.length === 0) return null
  const updateMask = changes.map(({ field }) => field).join(',')
  return {
    kind: 'update' as const,
    changes,
    apply: async () => {
      await api.call({ method: 'PATCH', url, body: { serviceAccount: wanted, updateMask } })
    },
  }
}
