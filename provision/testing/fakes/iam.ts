/** Service accounts, Google's own agents, and who may do what with a project. https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
import { createHash } from 'node:crypto'
import type { Request } from '../discovery.ts'
import { started } from '../operations.ts'
import { getPolicy, setPolicy } from '../policies.ts'
import { isObject, notFound, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const SERVICE = 'iam.googleapis.com'

export const IAM_REFUSALS = {
  'account-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Service account already exists within project',
    documentation: 'https://cloud.google.com/iam/docs/service-accounts-create#troubleshooting',
  },
  'account-id-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'An account id is 6 to 30 small letters, digits and hyphens',
    documentation: 'https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create',
  },
  'account-text-too-long': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A display name has at most 100 bytes, a description 256',
    documentation: 'https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts',
  },
  'agent-not-made-yet': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Service account does not exist',
    documentation: 'https://cloud.google.com/iam/docs/create-service-agents',
  },
  'condition-on-basic-role': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Conditions cannot be set on basic roles',
    documentation: 'https://cloud.google.com/iam/docs/conditions-overview#limits',
  },
  'service-has-no-identity': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The service has no service agent',
    documentation: 'https://cloud.google.com/iam/docs/create-service-agents',
  },
} as const satisfies Refusals

export const accountKey = (world: World, email: string) =>
  `${SERVICE}/projects/${world.projectId}/serviceAccounts/${email}`
const agentKey = (email: string) => `agent:${email}`
const projectKey = (world: World) => `cloudresourcemanager.googleapis.com/projects/${world.projectId}`

/** `-` stands for any project. */
function accountOf(name: string | undefined, world: World): Json {
  const email = name?.split('/').at(-1) ?? ''
  return world.get(accountKey(world, email))
}

function assertTexts({ displayName = '', description = '' }: Json): void {
  if (Buffer.byteLength(String(displayName)) > 100 || Buffer.byteLength(String(description)) > 256)
    throw refused(IAM_REFUSALS['account-text-too-long'])
}

const keyOfAccount = ({ params }: Request, world: World) => {
  accountOf(params['resource'], world)
  return accountKey(world, params['resource']?.split('/').at(-1) ?? '')
}

const keyOfProject = ({ params }: Request, world: World) => {
  if (params['resource'] !== `projects/${world.projectId}`) throw notFound(String(params['resource']))
  return projectKey(world)
}

/** An agent is named by the project's number, and there only once it has been asked for; so are the default accounts. */
function assertAgents(policy: unknown, world: World): void {
  const bindings = (isObject(policy) ? (policy['bindings'] ?? []) : []) as readonly {
    readonly role: string
    readonly members: readonly string[]
    readonly condition?: object
  }[]
  for (const { role, members, condition } of bindings) {
    if (condition !== undefined && ['roles/owner', 'roles/editor', 'roles/viewer'].includes(role))
      throw refused(IAM_REFUSALS['condition-on-basic-role'])
    for (const member of members) {
      const email = member.replace('serviceAccount:', '')
      const isAgent = email.startsWith(`service-${world.projectNumber}@`)
      const isDefault = email === `${world.projectNumber}-compute@developer.gserviceaccount.com`
      const there = isAgent
        ? world.resources.has(agentKey(email))
        : !isDefault || world.resources.has(accountKey(world, email))
      if (!there) throw refused(IAM_REFUSALS['agent-not-made-yet'], email)
    }
  }
}

const AGENTS: Readonly<Record<string, string>> = {
  'eventarc.googleapis.com': 'gcp-sa-eventarc',
  'pubsub.googleapis.com': 'gcp-sa-pubsub',
}

export const IAM: Fake = {
  'iam.projects.serviceAccounts.get': ({ params }, world) => accountOf(params['name'], world),

  'iam.projects.serviceAccounts.create': ({ body }, world) => {
    const id = String(body['accountId'])
    if (!/^[a-z](?=.{5,29}$)[-a-z0-9]*[a-z0-9]$/.test(id)) throw refused(IAM_REFUSALS['account-id-invalid'], id)
    const texts = (body['serviceAccount'] ?? {}) as Json
    assertTexts(texts)
    const email = `${id}@${world.projectId}.iam.gserviceaccount.com`
    const key = accountKey(world, email)
    if (world.resources.has(key)) throw refused(IAM_REFUSALS['account-exists'], email)
    const { projectId } = world
    const name = `projects/${projectId}/serviceAccounts/${email}`
    world.resources.set(key, {
      ...texts,
      name,
      email,
      projectId,
      uniqueId: createHash('sha256').update(email).digest('hex'),
    })
    return world.get(key)
  },

  'iam.projects.serviceAccounts.patch': ({ params, body }, world) => {
    const there = accountOf(params['name'], world)
    const texts = (body['serviceAccount'] ?? {}) as Json
    assertTexts(texts)
    const fields = String(body['updateMask']).split(',')
    const changed = { ...there, ...Object.fromEntries(fields.map((field) => [field, texts[field]])) }
    world.resources.set(accountKey(world, String(there['email'])), changed)
    return changed
  },

  'iam.projects.serviceAccounts.getIamPolicy': getPolicy(keyOfAccount),
  'iam.projects.serviceAccounts.setIamPolicy': setPolicy(keyOfAccount),

  'cloudresourcemanager.projects.getIamPolicy': getPolicy(keyOfProject),
  'cloudresourcemanager.projects.setIamPolicy': (request, world) => {
    assertAgents(request.body['policy'], world)
    return setPolicy(keyOfProject)(request, world)
  },

  'serviceusage.services.generateServiceIdentity': ({ params }, world) => {
    const service = params['parent']?.split('/').at(-1) ?? ''
    const agent = AGENTS[service]
    if (agent === undefined) throw refused(IAM_REFUSALS['service-has-no-identity'], service)
    const email = `service-${world.projectNumber}@${agent}.iam.gserviceaccount.com`
    world.resources.set(agentKey(email), { email })
    return started(world, 'serviceusage.googleapis.com', '', { email })
  },

  // Makes it as well. https://cloud.google.com/storage/docs/getting-service-agent
  'storage.projects.serviceAccount.get': ({ params }, world) => {
    if (params['projectId'] !== world.projectId) throw notFound(String(params['projectId']))
    const email = `service-${world.projectNumber}@gs-project-accounts.iam.gserviceaccount.com`
    world.resources.set(agentKey(email), { email })
    return { kind: 'storage#serviceAccount', email_address: email }
  },
}
