/** Secrets, whose values nobody here can read: there is no fake for it. https://cloud.google.com/secret-manager/docs/reference/rest */
import type { Request } from '../discovery.ts'
import { getPolicy, setPolicy } from '../policies.ts'
import { refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const SERVICE = 'secretmanager.googleapis.com'

export const SECRET_REFUSALS = {
  'secret-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Secret already exists',
    documentation: 'https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create',
  },
  'secret-id-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A secret id is 1 to 255 letters, digits, hyphens and underscores',
    documentation: 'https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create',
  },
  'secret-without-replication': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Secret.replication must be provided',
    documentation: 'https://cloud.google.com/secret-manager/docs/choosing-replication',
  },
  'secret-location-unknown': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A replica is in a region',
    documentation: 'https://cloud.google.com/secret-manager/docs/locations',
  },
} as const satisfies Refusals

const keyOf = ({ params }: Request, world: World) => {
  const key = `${SERVICE}/${params['resource']}`
  world.get(key)
  return key
}

interface Replication {
  readonly automatic?: object
  readonly userManaged?: { readonly replicas: readonly { readonly location?: string }[] }
}

export const SECRET_MANAGER: Fake = {
  'secretmanager.projects.secrets.get': ({ params }, world) => world.get(`${SERVICE}/${params['name']}`),

  'secretmanager.projects.secrets.create': ({ params, body }, world) => {
    const id = params['secretId'] ?? ''
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) throw refused(SECRET_REFUSALS['secret-id-invalid'], id)
    const replication = body['replication'] as Replication | undefined
    const replicas = replication?.userManaged?.replicas
    if (replication?.automatic === undefined && (replicas ?? []).length === 0)
      throw refused(SECRET_REFUSALS['secret-without-replication'])
    for (const { location = '' } of replicas ?? [])
      if (!/^[a-z]+-[a-z]+\d+$/.test(location)) throw refused(SECRET_REFUSALS['secret-location-unknown'], location)
    const name = `${params['parent']}/secrets/${id}`
    const key = `${SERVICE}/${name}`
    if (world.resources.has(key)) throw refused(SECRET_REFUSALS['secret-exists'], name)
    // Google writes the project's number.
    const numbered = name.replace(world.projectId, world.projectNumber)
    world.resources.set(key, { ...body, name: numbered, createTime: world.time, etag: world.etag() })
    return world.get(key)
  },

  'secretmanager.projects.secrets.versions.list': ({ params }, world) => {
    world.get(`${SERVICE}/${params['parent']}`)
    const all = [...world.resources].filter(([key]) => key.startsWith(`${SERVICE}/${params['parent']}/versions/`))
    const state = /^state:(\w+)$/.exec(params['filter'] ?? '')?.[1]
    const versions = all
      .map(([, version]): Json => version)
      .filter((each) => (state ?? each['state']) === each['state'])
    return versions.length === 0 ? {} : { versions, totalSize: versions.length }
  },

  'secretmanager.projects.secrets.getIamPolicy': getPolicy(keyOf),
  'secretmanager.projects.secrets.setIamPolicy': setPolicy(keyOf),
}
