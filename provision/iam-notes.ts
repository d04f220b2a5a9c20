/** What an operator should know of rights that nothing here may change: what somebody has too much, and what only another can give. */
import { emailOf, FUNCTION_NAMES, memberOf } from './accounts.ts'
import type { Holder, WantedGrant } from './iam-holders.ts'
import { excessIn, missingIn, type Binding, type Policy } from './iam-policy.ts'
import type { Project } from './project.ts'
import { ApiError, type GoogleApi } from './resource.ts'

/** https://cloud.google.com/iam/docs/roles-overview#basic */
const BASIC = ['roles/owner', 'roles/editor', 'roles/viewer']

/** @param wanted all that the functions' accounts should have on this holder. */
export async function notesOn(
  api: GoogleApi,
  project: Project,
  holder: Holder,
  wanted: readonly WantedGrant[],
): Promise<readonly string[]> {
  const allowed = wanted.map(({ grant }) => grant)
  const policy = await policyOf(api, holder)
  if (isOthers(project, holder)) {
    if (policy === null) return [`${holder.name} is in KAFKA_DATAREF_BUCKETS, and is not there`]
    const missing = policy === 'forbidden' ? allowed : missingIn(policy, allowed)
    const what = policy === 'forbidden' ? 'who may read it can only be seen by its owner' : 'the bridge may not read it'
    return missing.map(
      (grant) =>
        `${holder.name} is in KAFKA_DATAREF_BUCKETS, and ${what}. Its owner gives the right by: ${holder.addition(grant)}`,
    )
  }
  if (policy === null || policy === 'forbidden') return []
  const members = FUNCTION_NAMES.map((name) => memberOf(project.projectId, name))
  const excess = excessIn(policy, members, allowed).map(
    (grant) =>
      `${accountIn(project, grant.member)} has more than it needs: ${grant.role} on ${holder.name}. If nothing else rests on it: ${holder.removal(grant)}`,
  )
  return [...excess, ...publicIn(policy, holder), ...defaultAccounts(project, policy, holder)]
}

/** `forbidden`: whoever runs this may not see it. */
async function policyOf(api: GoogleApi, holder: Holder): Promise<Policy | null | 'forbidden'> {
  try {
    return await holder.read(api)
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return 'forbidden'
    throw error
  }
}

/** Buckets that nothing here makes. */
export const isOthers = ({ settings: { kafka, rawBucket, processedBucket } }: Project, { name }: Holder) =>
  kafka.datarefBuckets.some(
    (bucket) => name === `bucket ${bucket}` && bucket !== rawBucket && bucket !== processedBucket,
  )

const accountIn = ({ projectId }: Project, member: string) =>
  FUNCTION_NAMES.map((name) => emailOf(projectId, name)).find((email) => member.endsWith(email)) ?? member

const has = ({ members = [] }: Binding, member: string) => members.includes(member)

function publicIn(policy: Policy, holder: Holder): readonly string[] {
  return (policy.bindings ?? []).flatMap((binding) =>
    ['allUsers', 'allAuthenticatedUsers']
      .filter((everybody) => has(binding, everybody))
      .map(
        (member) =>
          `${holder.name} is open to ${member} (${binding.role}). Darkroom needs it nowhere: ${holder.removal({ ...binding, member })}`,
      ),
  )
}

/** No function runs as a default account; one that may do everything is a way around all the rest. https://cloud.google.com/iam/docs/service-account-types#default */
function defaultAccounts(project: Project, policy: Policy, holder: Holder): readonly string[] {
  const accounts = [
    `serviceAccount:${project.projectNumber}-compute@developer.gserviceaccount.com`,
    `serviceAccount:${project.projectId}@appspot.gserviceaccount.com`,
  ]
  return (policy.bindings ?? [])
    .filter(({ role }) => BASIC.includes(role))
    .flatMap((binding) =>
      accounts
        .filter((member) => has(binding, member))
        .map(
          (member) =>
            `${member.slice('serviceAccount:'.length)}, as which no function runs, has ${binding.role} on ${holder.name}: whoever may act as it may do everything. If nothing else in the project rests on it: ${holder.removal({ ...binding, member })}`,
        ),
    )
}
