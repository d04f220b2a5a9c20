/** Repositories of container images. https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories */
import { polled, started } from '../operations.ts'
import { isObject, maskPatch, refused, type Fake, type Refusals } from '../world.ts'

const SERVICE = 'artifactregistry.googleapis.com'

export const ARTIFACT_REGISTRY_REFUSALS = {
  'repository-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'The repository already exists',
    documentation: 'https://cloud.google.com/artifact-registry/docs/repositories/create-repos',
  },
  'cleanup-policy-key': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The key of a cleanup policy must be its id',
    documentation:
      'https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories#Repository',
  },
} as const satisfies Refusals

function assertPolicies(policies: unknown): void {
  for (const [key, policy] of Object.entries(isObject(policies) ? policies : {}))
    if (!isObject(policy) || policy['id'] !== key) throw refused(ARTIFACT_REGISTRY_REFUSALS['cleanup-policy-key'], key)
}

export const ARTIFACT_REGISTRY: Fake = {
  'artifactregistry.projects.locations.repositories.get': ({ params }, world) =>
    world.get(`${SERVICE}/${params['name']}`),

  'artifactregistry.projects.locations.repositories.create': ({ params, body }, world) => {
    const name = `${params['parent']}/repositories/${params['repositoryId']}`
    if (world.resources.has(`${SERVICE}/${name}`)) throw refused(ARTIFACT_REGISTRY_REFUSALS['repository-exists'])
    assertPolicies(body['cleanupPolicies'])
    const repository = { mode: 'STANDARD_REPOSITORY', ...body, name, createTime: world.time, updateTime: world.time }
    world.resources.set(`${SERVICE}/${name}`, repository)
    return started(world, SERVICE, String(params['parent']), repository)
  },

  'artifactregistry.projects.locations.repositories.patch': ({ params, body }, world) => {
    const key = `${SERVICE}/${params['name']}`
    const patched = maskPatch(world.get(key), body, params['updateMask'] ?? Object.keys(body).join())
    assertPolicies(patched['cleanupPolicies'])
    world.resources.set(key, { ...patched, updateTime: world.time })
    return world.get(key)
  },

  'artifactregistry.projects.locations.operations.get': polled(SERVICE),
}
