/**
 * GitHub Actions deploy without a key: GitHub's own token for a job is exchanged for one of the deployer's account. https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
 */
import { UsageError } from '../admin/command.ts'
import { accountResource, emailOfAccount } from './accounts.ts'
import { changesBetween, type Json } from './compare.ts'
import { accountHolder, type WantedGrant } from './iam-holders.ts'
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import { found, Obstacle, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

/** Jobs of this environment of this repository may deploy. */
export interface GitHub {
  /** OWNER/REPO as GitHub spells it: tokens are compared letter by letter. */
  readonly repository: string
  /** GitHub's numbers of owner and repository, which it gives to nobody else; null: they were not named. */
  readonly ids: { readonly owner: string; readonly repository: string } | null
  readonly environment: string
}

const API = 'https://iam.googleapis.com/v1'
const ISSUER = 'https://token.actions.githubusercontent.com'
const POOL = 'github'
const PROVIDER = 'github-actions'
const ACCOUNT = 'darkroom-deployer'
export const DEPLOYER_RESOURCE = `account ${ACCOUNT}`
const POOL_RESOURCE = `workload identity pool ${POOL}`
/** Google takes no longer one. */
const SUBJECT_BYTES = 127

export const deployerEmail = (project: string) => emailOfAccount(project, ACCOUNT)

/**
 * From the command line. `repository`: OWNER/REPO, or as GitHub writes it with both numbers, OWNER@OWNER_ID/REPO@REPO_ID. Throws a {@link UsageError}.
 * @param environment of the repository; null: nobody has named one.
 */
export function githubOf(repository: string, environment: string | null): GitHub {
  const [, owner, ownerId, name, repositoryId] =
    /^([A-Za-z0-9][A-Za-z0-9-]*)(?:@(\d+))?\/([A-Za-z0-9._-]+)(?:@(\d+))?$/.exec(repository) ?? []
  if (owner === undefined || name === undefined || (ownerId === undefined) !== (repositoryId === undefined))
    throw new UsageError(
      `--github is ${JSON.stringify(repository)}: expected OWNER/REPO, or with GitHub's numbers OWNER@OWNER_ID/REPO@REPO_ID`,
    )
  if (environment === null)
    throw new UsageError('the project has no alias in .firebaserc: name the environment on GitHub by --environment')
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(environment))
    throw new UsageError(
      `--environment is ${JSON.stringify(environment)}: expected letters, digits, dots, hyphens, underscores`,
    )
  const ids = ownerId === undefined || repositoryId === undefined ? null : { owner: ownerId, repository: repositoryId }
  const github = { repository: `${owner}/${name}`, ids, environment }
  const bytes = Buffer.byteLength(subjectOf(github))
  if (bytes > SUBJECT_BYTES)
    throw new UsageError(
      `${subjectOf(github)} has ${bytes} bytes, and Google takes at most ${SUBJECT_BYTES}: choose a shorter --environment`,
    )
  return github
}

const poolName = ({ projectNumber }: Project) =>
  `projects/${projectNumber}/locations/global/workloadIdentityPools/${POOL}`
const providerName = (project: Project) => `${poolName(project)}/providers/${PROVIDER}`

const subjectOf = ({ repository, environment }: GitHub) => `repo:${repository}:environment:${environment}`
const principalOf = (project: Project, github: GitHub) =>
  `principal://iam.googleapis.com/${poolName(project)}/subject/${subjectOf(github)}`

/**
 * The subject is put together here and not GitHub's `sub`: that has the numbers in it since July 2026, but only in repositories made or renamed since,
 * and owners may change its form (https://docs.github.com/en/actions/reference/security/oidc). A job without an environment has no such claim,
 * so that its token is refused.
 */
const MAPPING = {
  'google.subject': "'repo:' + assertion.repository + ':environment:' + assertion.environment",
  'attribute.repository': 'assertion.repository',
  'attribute.environment': 'assertion.environment',
  'attribute.ref': 'assertion.ref',
}

/** GitHub issues tokens to all the world by one issuer: without a condition any repository could sign in. */
function conditionOf({ repository, ids }: GitHub): string {
  const byName = `assertion.repository == '${repository}'`
  if (ids === null) return byName
  return `${byName} && assertion.repository_owner_id == '${ids.owner}' && assertion.repository_id == '${ids.repository}'`
}

/** Pool, provider and account; the rights are in {@link githubGrants}. */
export function githubResources(project: Project, github: GitHub): readonly Resource[] {
  const { projectId } = project
  return [
    federated({
      name: POOL_RESOURCE,
      needs: [SERVICES_RESOURCE],
      url: `${API}/${poolName(project)}`,
      idParameter: 'workloadIdentityPoolId',
      command: `gcloud iam workload-identity-pools ACT ${POOL} --location global --project ${projectId}`,
      wanted: () => ({ displayName: 'GitHub', description: 'Who deploys from GitHub Actions.' }),
    }),
    {
      ...federated({
        name: `workload identity provider ${PROVIDER}`,
        needs: [POOL_RESOURCE],
        url: `${API}/${providerName(project)}`,
        idParameter: 'workloadIdentityPoolProviderId',
        command: `gcloud iam workload-identity-pools providers ACT ${PROVIDER} --workload-identity-pool ${POOL} --location global --project ${projectId}`,
        wanted: (there) => ({
          displayName: 'GitHub Actions',
          oidc: { issuerUri: ISSUER },
          attributeMapping: MAPPING,
          attributeCondition: isStricter(there?.['attributeCondition'], github)
            ? there?.['attributeCondition']
            : conditionOf(github),
        }),
      }),
      notes: async (api) => notes(api, project, github),
    },
    accountResource(projectId, {
      id: ACCOUNT,
      displayName: 'Darkroom: deployer',
      description: 'GitHub Actions deploy as it, by workload identity federation. It has no key.',
      without: 'GitHub Actions can deploy nothing',
    }),
  ]
}

/** Whoever leaves out the numbers once takes nothing away from a condition that has them. */
const isStricter = (condition: unknown, github: GitHub) =>
  github.ids === null && typeof condition === 'string' && condition.startsWith(`${conditionOf(github)} && `)

/** Who may become the deployer's account. */
export function githubGrants(project: Project, github: GitHub): readonly WantedGrant[] {
  return [
    {
      holder: accountHolder(project.projectId, deployerEmail(project.projectId)),
      needs: [POOL_RESOURCE, DEPLOYER_RESOURCE],
      grant: { role: 'roles/iam.workloadIdentityUser', member: principalOf(project, github) },
      because: `jobs of the environment ${github.environment} of ${github.repository} deploy as it`,
    },
  ]
}

interface Federated {
  readonly name: string
  readonly needs: readonly string[]
  readonly url: string
  readonly idParameter: string
  /** gcloud's, with ACT for the verb. */
  readonly command: string
  readonly wanted: (there: Json | null) => Json
}

/** Pools and providers are made, changed and deleted in the same way. */
function federated({ name, needs, url, idParameter, command, wanted }: Federated): Resource {
  return {
    name,
    needs,
    async differs(api) {
      const there = await found<Json & { readonly expireTime?: string }>(api, url)
      if (there?.['state'] === 'DELETED')
        throw new Obstacle(
          `the ${name} was deleted, and its name is taken till ${there.expireTime ?? '30 days later'}: ${command.replace('ACT', 'undelete')}`,
        )
      if (there?.['disabled'] === true)
        throw new Obstacle(
          `the ${name} is disabled, so that GitHub Actions can't deploy. Whoever disabled it had a reason; if it has gone: ${command.replace('ACT', 'update')} --no-disabled`,
        )
      const body = wanted(there)
      const changes = changesBetween(there, body)
      if (changes.length === 0) return null
      if (there === null) {
        const at = url.lastIndexOf('/')
        return {
          kind: 'create',
          changes,
          apply: async () => {
            const query = { [idParameter]: url.slice(at + 1) }
            const call = { method: 'POST', url: url.slice(0, at), query, body } as const
            await finished(api, API, await api.call<Operation>(call))
          },
        }
      }
      // Whole fields: a map's key with a dot in it is no path of a mask.
      const fields = [...new Set(changes.map(({ field }) => field.split('.')[0] ?? ''))]
      return {
        kind: 'update',
        changes,
        apply: async () => {
          const query = { updateMask: fields.join(',') }
          const patch = Object.fromEntries(fields.map((field) => [field, body[field]]))
          await finished(api, API, await api.call<Operation>({ method: 'PATCH', url, query, body: patch }))
        },
      }
    },
  }
}

async function notes(api: GoogleApi, project: Project, github: GitHub): Promise<readonly string[]> {
  const { projectId } = project
  const { repository, environment } = github
  const there = await found<Json>(api, `${API}/${providerName(project)}`)
  const isNumbered = github.ids !== null || isStricter(there?.['attributeCondition'], github)
  return [
    `variables of the environment ${environment} of ${repository} (Settings, Environments): GCP_WORKLOAD_IDENTITY_PROVIDER=${providerName(project)} GCP_DEPLOYER=${deployerEmail(projectId)}`,
    `whoever may run a workflow in the environment ${environment} of ${repository} may deploy: let it be run from main only (Deployment branches and tags), and production ask for a review`,
    ...(isNumbered
      ? []
      : [
          `${repository} is trusted by its name alone, which would be somebody else's if it were given up. Better with GitHub's numbers, which gh api repos/${repository} --jq '"\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"' prints: --github OWNER@OWNER_ID/REPO@REPO_ID`,
        ]),
    ...(await othersWhoMay(api, project, github)),
  ]
}

/** Nothing is ever taken away: an earlier repository, or another environment, stays until somebody does it. */
async function othersWhoMay(api: GoogleApi, project: Project, github: GitHub): Promise<readonly string[]> {
  const holder = accountHolder(project.projectId, deployerEmail(project.projectId))
  const policy = await holder.read(api)
  return (policy?.bindings ?? []).flatMap(({ role, members = [], condition }) =>
    members
      .filter((member) => member !== principalOf(project, github))
      .map(
        (member) =>
          `${member} has ${role} on ${deployerEmail(project.projectId)}, too. If it should not: ${holder.removal({ role, member, ...(condition && { condition }) })}`,
      ),
  )
}
