/** Pools and providers of identities outside of Google. https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools */
import type { Request } from '../discovery.ts'
import { polled, started } from '../operations.ts'
import { maskPatch, notFound, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const SERVICE = 'iam.googleapis.com'
const REST = 'https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools'

export const WORKLOAD_IDENTITY_REFUSALS = {
  'federation-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Requested entity already exists',
    documentation: 'https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers',
  },
  'federation-deleted': {
    status: 400,
    reason: 'FAILED_PRECONDITION',
    message: 'is deleted',
    documentation: 'https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers#delete-pool',
  },
  'federation-id-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'An id is 4 to 32 small letters, digits and hyphens, and does not begin with gcp-',
    documentation: `${REST}/create`,
  },
  'federation-text-too-long': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A display name has at most 32 characters, a description 256',
    documentation: `${REST}#WorkloadIdentityPool`,
  },
  'pool-location': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The only supported location is global',
    documentation: `${REST}/create`,
  },
  'provider-without-subject': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Attribute mapping must contain google.subject',
    documentation: `${REST}.providers#WorkloadIdentityPoolProvider`,
  },
  'provider-mapping-key': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A mapped attribute is google.subject, google.groups or attribute. with small letters, digits and _',
    documentation: `${REST}.providers#WorkloadIdentityPoolProvider`,
  },
  'provider-without-condition': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: "The attribute condition must reference one of the provider's claims",
    documentation:
      'https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions',
  },
  'provider-issuer': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The issuer must be an HTTPS endpoint',
    documentation: `${REST}.providers#Oidc`,
  },
} as const satisfies Refusals

function assertTexts({ displayName = '', description = '' }: Json): void {
  if (String(displayName).length > 32 || String(description).length > 256)
    throw refused(WORKLOAD_IDENTITY_REFUSALS['federation-text-too-long'])
}

/** Whose issuer serves many who have nothing to do with each other. */
const MULTI_TENANT = ['https://token.actions.githubusercontent.com']

function assertProvider(provider: Json): void {
  const mapping = (provider['attributeMapping'] ?? {}) as Json
  if (typeof mapping['google.subject'] !== 'string')
    throw refused(WORKLOAD_IDENTITY_REFUSALS['provider-without-subject'])
  for (const key of Object.keys(mapping))
    if (!/^(google\.(subject|groups)|attribute\.[a-z0-9_]{1,100})$/.test(key))
      throw refused(WORKLOAD_IDENTITY_REFUSALS['provider-mapping-key'], key)
  const issuer = String((provider['oidc'] as Json | undefined)?.['issuerUri'])
  if (!issuer.startsWith('https://')) throw refused(WORKLOAD_IDENTITY_REFUSALS['provider-issuer'], issuer)
  if (MULTI_TENANT.includes(issuer) && !String(provider['attributeCondition']).includes('assertion.'))
    throw refused(WORKLOAD_IDENTITY_REFUSALS['provider-without-condition'])
}

/** By its name, whether the project stands in it as a number or an id. */
function keyOf(name: string | undefined, world: World): string {
  const [, project, rest = ''] = /^projects\/([^/]+)\/(.+)$/.exec(name ?? '') ?? []
  if (project !== world.projectNumber && project !== world.projectId) throw notFound(String(name))
  return `${SERVICE}/projects/${world.projectNumber}/${rest}`
}

function create(collection: string, idParameter: string, assertValid: (resource: Json) => void) {
  return ({ params, body }: Request, world: World) => {
    const id = params[idParameter] ?? ''
    const parent = keyOf(params['parent'], world)
    if (!parent.includes('/locations/global')) throw refused(WORKLOAD_IDENTITY_REFUSALS['pool-location'], parent)
    if (!/^(?!gcp-)[a-z0-9-]{4,32}$/.test(id)) throw refused(WORKLOAD_IDENTITY_REFUSALS['federation-id-invalid'], id)
    // Of a pool that is not there, or deleted, nothing can be a provider.
    if (parent.includes(`/workloadIdentityPools/`)) assertActive(world.get(parent))
    const key = `${parent}/${collection}/${id}`
    if (world.resources.has(key)) throw refused(WORKLOAD_IDENTITY_REFUSALS['federation-exists'], id)
    assertTexts(body)
    assertValid(body)
    const resource = { ...body, name: key.slice(SERVICE.length + 1), state: 'ACTIVE' }
    world.resources.set(key, resource)
    return started(world, SERVICE, key.slice(SERVICE.length + 1), resource)
  }
}

function patch(assertValid: (resource: Json) => void) {
  return ({ params, body }: Request, world: World) => {
    const key = keyOf(params['name'], world)
    assertActive(world.get(key))
    const changed = maskPatch(world.get(key), body, params['updateMask'] ?? '')
    assertTexts(changed)
    assertValid(changed)
    world.resources.set(key, changed)
    return started(world, SERVICE, key.slice(SERVICE.length + 1), changed)
  }
}

function assertActive({ name, state }: Json): void {
  if (state === 'DELETED') throw refused(WORKLOAD_IDENTITY_REFUSALS['federation-deleted'], String(name))
}

const get = ({ params }: Request, world: World) => world.get(keyOf(params['name'], world))

export const WORKLOAD_IDENTITY: Fake = {
  'iam.projects.locations.workloadIdentityPools.get': get,
  'iam.projects.locations.workloadIdentityPools.create': create(
    'workloadIdentityPools',
    'workloadIdentityPoolId',
    () => {},
  ),
  'iam.projects.locations.workloadIdentityPools.patch': patch(() => {}),
  'iam.projects.locations.workloadIdentityPools.operations.get': polled(SERVICE),
  'iam.projects.locations.workloadIdentityPools.providers.get': get,
  'iam.projects.locations.workloadIdentityPools.providers.create': create(
    'providers',
    'workloadIdentityPoolProviderId',
    assertProvider,
  ),
  'iam.projects.locations.workloadIdentityPools.providers.patch': patch(assertProvider),
  'iam.projects.locations.workloadIdentityPools.providers.operations.get': polled(SERVICE),
}
