/** Gives the rights of iam-roles.ts: reads each policy, adds what is missing, and writes it back with its etag. Nobody ever loses anything here. */
import { accountResourceName, accountUrl, emailOf, FUNCTION_NAMES } from './accounts.ts'
import { deployerEmail, DEPLOYER_RESOURCE } from './github.ts'
import { accountHolder, grantsOf, projectHolder, usesPassword, type Holder, type WantedGrant } from './iam-holders.ts'
import { isOthers, notesOn } from './iam-notes.ts'
import { smokeGrants } from './iam-smoke.ts'
import { missingIn, withGrants, type Grant, type Policy } from './iam-policy.ts'
import { AGENT_RIGHTS, DEPLOYER_RIGHTS } from './iam-roles.ts'
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import { ApiError, found, isDisabled, type GoogleApi, type Resource } from './resource.ts'

/** As IAM writes a member that can deploy. https://cloud.google.com/iam/docs/principal-identifiers */
export const DEPLOYER = /^(user|serviceAccount|group):[^\s:]+@[^\s:]+$|^principal(Set)?:\/\/\S+$/

/** An account that has just been made is not known everywhere for a minute or so. https://cloud.google.com/iam/docs/access-change-propagation */
const KNOWN_AFTER = { tries: 12, milliseconds: 10_000 }

export const appEngineEmail = ({ projectId }: Project) => `${projectId}@appspot.gserviceaccount.com`
/** Google makes it with the first API that needs it. */
export const buildEmail = ({ projectNumber }: Project) => `${projectNumber}-compute@developer.gserviceaccount.com`

/**
 * A resource for each policy. What is about a deployed function (its service, its queue) comes to nothing before the function is there: `npm run deploy` provisions
 * before and after.
 * @param deployers who run `npm run deploy -- --skip-provision`, as IAM writes them; nobody, where whoever does has the rights already.
 * @param more what is given besides.
 */
export function rightsResources(
  project: Project,
  deployers: readonly string[],
  more: readonly WantedGrant[] = [],
): readonly Resource[] {
  const wanted = Map.groupBy(
    [
      ...FUNCTION_NAMES.flatMap((name) => grantsOf(project, name)),
      ...agentGrants(project),
      ...deployers.flatMap((each) => deployerGrants(project, each)),
      ...more,
    ],
    ({ holder }) => holder.name,
  )
  return [...wanted.values()].flatMap((grants) => {
    const [{ holder } = { holder: null }] = grants
    if (holder === null) return []
    const needs = [...new Set(grants.flatMap((each) => each.needs))]
    return [
      {
        name: `rights on ${holder.name}`,
        needs,
        differs: async (api) => differs(api, project, holder, grants),
        notes: async (api) => notesOn(api, project, holder, grants),
      },
    ]
  })
}

/** Agents are named by the project's number. https://cloud.google.com/iam/docs/service-agents */
function agentGrants(project: Project): readonly WantedGrant[] {
  const { projectNumber } = project
  const emails = {
    storage: `service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`,
    eventarc: `service-${projectNumber}@gcp-sa-eventarc.iam.gserviceaccount.com`,
    build: buildEmail(project),
  } as const
  return AGENT_RIGHTS.map(({ agent, role, because }) => ({
    holder: projectHolder(project),
    needs: [],
    grant: { role, member: `serviceAccount:${emails[agent]}` },
    because,
  }))
}

/** What `firebase deploy` needs, to act as each account, and what the image of the smoke test needs. */
function deployerGrants(project: Project, member: string): readonly WantedGrant[] {
  const { projectId } = project
  const holder = projectHolder(project)
  const role = 'roles/iam.serviceAccountUser'
  // Nothing can be given to an account before it is there.
  const needs = member === `serviceAccount:${deployerEmail(projectId)}` ? [DEPLOYER_RESOURCE] : []
  const actAs = (email: string, because: string, more: readonly string[] = []): WantedGrant => ({
    holder: accountHolder(projectId, email),
    needs: [...needs, ...more],
    grant: { role, member },
    because,
  })
  return [
    ...DEPLOYER_RIGHTS.filter((each) => each.role !== 'roles/secretmanager.viewer' || usesPassword(project)).map(
      (each): WantedGrant => ({ holder, needs, grant: { role: each.role, member }, because: each.because }),
    ),
    ...FUNCTION_NAMES.map((name) =>
      actAs(emailOf(projectId, name), `deploys ${name}, which runs as it`, [accountResourceName(name)]),
    ),
    actAs(
      appEngineEmail(project),
      'firebase deploy refuses whoever may not act as it where it exists, though no function does',
    ),
    ...smokeGrants(project, member).map((each) => ({ ...each, needs: [...each.needs, ...needs] })),
  ]
}

async function differs(
  api: GoogleApi,
  project: Project,
  holder: Holder,
  grants: readonly WantedGrant[],
): ReturnType<Resource['differs']> {
  const policy = await readable(api, project, holder)
  if (policy === null) return null
  const wanted = await withoutAbsent(api, project, grants)
  const missing = missingIn(
    policy,
    wanted.map(({ grant }) => grant),
  )
  if (missing.length === 0) return null
  return {
    kind: 'update',
    changes: missing.map((grant) => ({
      field: grant.condition === undefined ? grant.role : `${grant.role} if ${grant.condition.expression}`,
      from: undefined,
      to: grant.member,
      why: [...new Set(wanted.filter((each) => each.grant === grant).map(({ because }) => because))].join('; '),
    })),
    apply: async () => {
      await makeAgents(api, project, missing)
      await untilKnown(api, async () => {
        const now = await holder.read(api)
        if (now === null) throw new ApiError(404, 'notFound', `${holder.name} does not exist`)
        if (missingIn(now, missing).length > 0) await holder.write(api, withGrants(now, missing))
      })
    },
  }
}

/** Null: nothing can be given there now. What is yet to be made has an empty policy. */
async function readable(api: GoogleApi, project: Project, holder: Holder): Promise<Policy | null> {
  const others = isOthers(project, holder)
  try {
    const policy = await holder.read(api)
    return policy === null && (others || comesLater(project, holder)) ? null : (policy ?? {})
  } catch (error) {
    if (isDisabled(error)) return comesLater(project, holder) ? null : {}
    // The notes say what its owner has to do.
    if (others && error instanceof ApiError && error.status === 403) return null
    throw error
  }
}

/** Services and queues come with `firebase deploy`, App Engine's account with App Engine. */
const comesLater = (project: Project, { name }: Holder) =>
  /^(service|queue) /.test(name) || name === accountHolder(project.projectId, appEngineEmail(project)).name

/** To an account that is not there nothing can be given. */
async function withoutAbsent(api: GoogleApi, project: Project, grants: readonly WantedGrant[]) {
  const build = `serviceAccount:${buildEmail(project)}`
  if (!grants.some(({ grant }) => grant.member === build)) return grants
  const there = await found(api, accountUrl(project.projectId, buildEmail(project)))
  return there === null ? grants.filter(({ grant }) => grant.member !== build) : grants
}

/** Google makes agents when they are first needed, or asked for. */
async function makeAgents(api: GoogleApi, project: Project, missing: readonly Grant[]): Promise<void> {
  const asked = (end: string) => missing.some(({ member }) => member.endsWith(end))
  if (asked('@gs-project-accounts.iam.gserviceaccount.com')) {
    const url = `https://storage.googleapis.com/storage/v1/projects/${project.projectId}/serviceAccount`
    await api.call({ method: 'GET', url })
  }
  if (asked('@gcp-sa-eventarc.iam.gserviceaccount.com')) {
    const base = 'https://serviceusage.googleapis.com/v1beta1'
    const url = `${base}/projects/${project.projectNumber}/services/eventarc.googleapis.com:generateServiceIdentity`
    await finished(api, base, await api.call<Operation>({ method: 'POST', url }))
  }
}

/** Tries again while an account is not known yet. */
async function untilKnown(api: GoogleApi, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      const unknown = error instanceof ApiError && [400, 404].includes(error.status) && /not exist/.test(error.message)
      if (!unknown || tries >= KNOWN_AFTER.tries) throw error
      await api.pause(KNOWN_AFTER.milliseconds)
    }
  }
}
