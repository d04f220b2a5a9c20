/** IAM policies, which most services keep in the same way. https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
import type { Request } from './discovery.ts'
import { isObject, refused, type Handler, type Json, type Refusals, type World } from './world.ts'

export const POLICY_REFUSALS = {
  'policy-changed-meanwhile': {
    status: 409,
    reason: 'ABORTED',
    message: 'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff',
    documentation: 'https://cloud.google.com/iam/docs/allow-policies#etag',
  },
  'policy-condition-needs-version-3': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A policy with conditions must have version 3, and be asked for with requestedPolicyVersion 3',
    documentation: 'https://cloud.google.com/iam/docs/allow-policies#specifying-version-set',
  },
  'policy-unknown-account': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The account does not exist',
    documentation: 'https://cloud.google.com/iam/docs/service-account-creation-key-deletion-consistency',
  },
} as const satisfies Refusals

interface Binding {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: Json
}

/** Where a resource's policy stands in `world.resources`. */
export const policyKey = (resource: string) => `policy:${resource}`

/** `keyOf` says whose policy is asked for, by its key in `world.resources`; throws where that is not there. */
export function getPolicy(keyOf: (request: Request, world: World) => string): Handler {
  return (request, world) => {
    const key = keyOf(request, world)
    // An empty policy has this etag: https://cloud.google.com/iam/docs/allow-policies#etag
    const policy = world.resources.get(policyKey(key)) ?? { version: 1, etag: 'ACAB' }
    const asked = Number(
      request.params['optionsRequestedPolicyVersion'] ??
        request.params['options.requestedPolicyVersion'] ??
        (isObject(request.body['options']) ? request.body['options']['requestedPolicyVersion'] : 1),
    )
    const conditional = bindingsOf(policy).some(({ condition }) => condition !== undefined)
    if (conditional && asked < 3) throw refused(POLICY_REFUSALS['policy-condition-needs-version-3'])
    return structuredClone(policy)
  }
}

export function setPolicy(
  keyOf: (request: Request, world: World) => string,
  policyIn: (request: Request) => unknown = ({ body }) => body['policy'],
  changedMeanwhile: (typeof POLICY_REFUSALS)[keyof typeof POLICY_REFUSALS] | Refusals[string] = POLICY_REFUSALS[
    'policy-changed-meanwhile'
  ],
): Handler {
  return (request, world) => {
    const key = policyKey(keyOf(request, world))
    const policy = policyIn(request) as Json
    const there = world.resources.get(key)
    if (policy['etag'] !== undefined && policy['etag'] !== (there?.['etag'] ?? 'ACAB')) throw refused(changedMeanwhile)
    const bindings = bindingsOf(policy)
    if (bindings.some(({ condition }) => condition !== undefined) && policy['version'] !== 3)
      throw refused(POLICY_REFUSALS['policy-condition-needs-version-3'])
    for (const member of bindings.flatMap(({ members }) => members)) assertMember(member, world)
    const set = { ...policy, version: policy['version'] ?? 1, etag: world.etag() }
    world.resources.set(key, set)
    return structuredClone(set)
  }
}

const bindingsOf = (policy: Json) => (policy['bindings'] ?? []) as readonly Binding[]

/** An account of this project has to be there before it can be given anything. */
function assertMember(member: string, world: World): void {
  const account = /^serviceAccount:(.+@(.+)\.iam\.gserviceaccount\.com)$/.exec(member)
  if (account === null || account[2] !== world.projectId) return
  if (!world.resources.has(`iam.googleapis.com/projects/${world.projectId}/serviceAccounts/${account[1]}`))
    throw refused(POLICY_REFUSALS['policy-unknown-account'], member)
}
