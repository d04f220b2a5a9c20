/** What must be so before anything is changed: all of it is looked at, and all that is wrong is said at once. */
import type { Settings } from '../functions/src/config/settings.ts'
import { accountUrl, emailOf, FUNCTION_NAMES } from '../provision/accounts.ts'
import { ApiError, type GoogleApi } from '../provision/resource.ts'
import { deployedFunctions, surplusProblem } from './functions.ts'
import { pages } from './pages.ts'
import { deployerPermissions, PROVISIONER_PERMISSIONS, SET_POLICY } from './permissions.ts'

export interface Found {
  readonly what: string
  /** Null: it is as it must be. Otherwise what is wrong and what to do. */
  readonly problem: string | null
}

export interface ToDeploy {
  /** The id, not an alias. */
  readonly project: string
  readonly location: string
  readonly settings: Pick<Settings, 'rawBucket' | 'processedBucket'>
  /** .firebaserc's `targets[project].storage`. */
  readonly storageTargets: Readonly<Record<string, readonly string[]>>
  /** Names of the functions that the code and the settings want. */
  readonly functions: readonly string[]
  /** Whether Kafka's password is a secret. */
  readonly usesPassword: boolean
  /** Whoever deploys has only the deployer's rights: an owner has provisioned. */
  readonly skipProvision: boolean
}

export async function checks(api: GoogleApi, deploy: ToDeploy): Promise<readonly Found[]> {
  const { project, location, settings } = deploy
  const of = `https://cloudresourcemanager.googleapis.com/v3/projects/${project}`
  return [
    await found(`project ${project}`, async () => {
      const { state } = await api.call<{ readonly state?: string }>({ method: 'GET', url: of })
      return state === 'ACTIVE' ? null : `it is ${state ?? 'unknown'}: expected ACTIVE. Restore it, or name another`
    }),
    await found(
      'Firebase',
      async () => {
        await api.call({ method: 'GET', url: `https://firebase.googleapis.com/v1beta1/projects/${project}` })
        return null
      },
      `${project} is no Firebase project yet: npx firebase projects:addfirebase ${project}`,
    ),
    await found('billing', async () => {
      const url = `https://cloudbilling.googleapis.com/v1/projects/${project}/billingInfo`
      const { billingEnabled } = await api.call<{ readonly billingEnabled?: boolean }>({ method: 'GET', url })
      return billingEnabled === true
        ? null
        : `it is off: functions, Storage and BigQuery need the Blaze plan (https://console.firebase.google.com/project/${project}/usage/details)`
    }),
    await rights(api, deploy, of),
    ...(deploy.skipProvision ? [await accounts(api, deploy), await firstDeployment(api, deploy, of)] : []),
    await found(`region ${location}`, async () => {
      const url = `https://cloudfunctions.googleapis.com/v2/projects/${project}/locations`
      const regions = await pages<{ readonly locationId?: string }>(api, url, 'locations')
      const there = regions.map(({ locationId }) => locationId)
      return there.includes(location)
        ? null
        : `LOCATION is ${location}, where there are no functions: expected one of ${there.join(', ')}`
    }),
    await found('functions that are there', async () =>
      surplusProblem(await deployedFunctions(api, project), deploy.functions, project, location),
    ),
    await found(
      'Hosting site',
      async () => {
        const url = `https://firebasehosting.googleapis.com/v1beta1/projects/${project}/sites`
        const sites = await pages<{ readonly type?: string }>(api, url, 'sites')
        return sites.some(({ type }) => type === 'DEFAULT_SITE') ? null : noSite(project)
      },
      noSite(project),
    ),
    { what: '.firebaserc', problem: targetProblem(deploy, settings) },
  ]
}

const noSite = (project: string) =>
  `the project has none, and firebase deploy makes none where nobody answers: npx firebase hosting:sites:create ${project} --project ${project}`

const OWNER =
  'an owner of the project provisions once (npm run provision -- --project P --github OWNER/REPO, or --deployer MEMBER); docs/operations.md says which roles that gives'

const permitted = async (api: GoogleApi, resource: string, permissions: readonly string[]) => {
  const call = { method: 'POST', url: `${resource}:testIamPermissions`, body: { permissions } } as const
  return (await api.call<{ readonly permissions?: readonly string[] }>(call)).permissions ?? []
}

const rights = async (api: GoogleApi, { skipProvision, usesPassword }: ToDeploy, of: string) =>
  found('rights of whoever deploys', async () => {
    const needed = [...deployerPermissions(usesPassword), ...(skipProvision ? [] : PROVISIONER_PERMISSIONS)]
    const has = await permitted(api, of, needed)
    const missing = needed.filter((each) => !has.includes(each))
    if (missing.length === 0) return null
    return `missing: ${missing.join(', ')}. ${skipProvision ? OWNER : 'docs/operations.md says which roles have them; whoever has only those of --deployer adds --skip-provision'}`
  })

/** The deployer may act as each account, not as all of the project. */
const accounts = async (api: GoogleApi, { project }: ToDeploy) =>
  found(
    'accounts of the functions',
    async () => {
      const missing: string[] = []
      for (const name of FUNCTION_NAMES) {
        const has = await permitted(api, accountUrl(project, emailOf(project, name)), ['iam.serviceAccounts.actAs'])
        if (has.length === 0) missing.push(emailOf(project, name))
      }
      return missing.length === 0 ? null : `whoever deploys may not act as ${missing.join(', ')}: ${OWNER}`
    },
    `the project was not provisioned, or not since a function was added: ${OWNER}`,
  )

/** With the first functions of a project firebase-tools adds to the project's policy (docs/decisions/rights.md), and fails where it may not. */
const firstDeployment = async (api: GoogleApi, { project }: ToDeploy, of: string) =>
  found('deployed before', async () => {
    if ((await deployedFunctions(api, project)).length > 0) return null
    if ((await permitted(api, of, [SET_POLICY])).includes(SET_POLICY)) return null
    return `this would be the project's first deployment, which adds to who may do what in the project, and whoever deploys may not. An owner does it once: npm run deploy -- --project ${project}`
  })

/** Rules are deployed to the buckets that .firebaserc names: other ones would stay open, or closed. */
function targetProblem({ project, storageTargets }: ToDeploy, settings: ToDeploy['settings']): string | null {
  const wanted = { raw: settings.rawBucket, processed: settings.processedBucket }
  const wrong = Object.entries(wanted).filter(([target, bucket]) => {
    const named = storageTargets[target] ?? []
    return named.length !== 1 || named[0] !== bucket
  })
  if (wrong.length === 0) return null
  return `the rules of storage would not reach the buckets: ${wrong.map(([target, bucket]) => `npx firebase target:clear storage ${target} --project ${project} && npx firebase target:apply storage ${target} ${bucket} --project ${project}`).join('; ')}`
}

/** An API that isn't enabled yet is no problem: provision enables it, and it is asked again then. */
async function found(what: string, ask: () => Promise<string | null>, ifAbsent?: string): Promise<Found> {
  try {
    return { what, problem: await ask() }
  } catch (error) {
    // Without credentials, or a network, each would say the same.
    if (!(error instanceof ApiError) || error.status === 401 || error.status === 0) throw error
    if (error.reason === 'SERVICE_DISABLED')
      return { what: `${what} (can't be asked before its API is enabled)`, problem: null }
    if (error.status === 404 && ifAbsent !== undefined) return { what, problem: ifAbsent }
    return { what, problem: `${error.message} (${error.status} ${error.reason})` }
  }
}
