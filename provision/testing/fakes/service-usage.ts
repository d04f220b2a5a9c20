/** Which APIs are enabled. https://cloud.google.com/service-usage/docs/reference/rest */
import { polled, started } from '../operations.ts'
import { notFound, refused, type Fake, type Refusals, type World } from '../world.ts'

const SERVICE = 'serviceusage.googleapis.com'

export const SERVICE_USAGE_REFUSALS = {
  'too-many-services-read': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A single request can get a maximum of 30 services',
    documentation: 'https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet',
  },
  'too-many-services-enabled': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A single request can enable a maximum of 20 services',
    documentation: 'https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchEnable',
  },
  'service-unknown': {
    status: 404,
    reason: 'SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED',
    message: 'Not found or permission denied for service(s)',
    documentation: 'https://cloud.google.com/service-usage/docs/troubleshooting',
  },
  'billing-needed': {
    status: 400,
    reason: 'UREQ_PROJECT_BILLING_NOT_FOUND',
    message:
      'Billing account for project is not found. Billing must be enabled for activation of service(s) to proceed.',
    documentation: 'https://cloud.google.com/service-usage/docs/troubleshooting#billing',
  },
} as const satisfies Refusals

/** None of these is free of charge. */
const PAID = ['cloudbuild', 'artifactregistry', 'run', 'secretmanager', 'cloudscheduler']

function parentOf(parent: string | undefined, world: World): string {
  if (parent !== `projects/${world.projectId}` && parent !== `projects/${world.projectNumber}`)
    throw notFound(String(parent))
  return `projects/${world.projectNumber}`
}

function serviceOf(name: string, world: World) {
  const [, project, id = ''] = /^projects\/([^/]+)\/services\/([^/]+)$/.exec(name) ?? []
  const parent = parentOf(`projects/${project}`, world)
  if (!/^[a-z0-9-]+\.googleapis\.com$/.test(id)) throw refused(SERVICE_USAGE_REFUSALS['service-unknown'], id)
  return { name: `${parent}/services/${id}`, parent, state: world.services.has(id) ? 'ENABLED' : 'DISABLED' }
}

export const SERVICE_USAGE: Fake = {
  'serviceusage.services.get': ({ params }, world) => serviceOf(String(params['name']), world),

  'serviceusage.services.batchGet': ({ params, repeated }, world) => {
    const names = repeated['names'] ?? []
    parentOf(params['parent'], world)
    if (names.length > 30) throw refused(SERVICE_USAGE_REFUSALS['too-many-services-read'])
    return { services: names.map((name) => serviceOf(name, world)) }
  },

  'serviceusage.services.batchEnable': ({ params, body }, world) => {
    const parent = parentOf(params['parent'], world)
    const ids = body['serviceIds'] as readonly string[]
    if (ids.length > 20) throw refused(SERVICE_USAGE_REFUSALS['too-many-services-enabled'])
    for (const id of ids) serviceOf(`${parent}/services/${id}`, world)
    if (!world.hasBilling && ids.some((id) => PAID.includes(id.split('.')[0] ?? '')))
      throw refused(SERVICE_USAGE_REFUSALS['billing-needed'])
    for (const id of ids) if (!world.services.has(id)) world.services.set(id, world.now)
    return started(world, SERVICE, '', {})
  },

  'serviceusage.operations.get': polled(SERVICE),
}
