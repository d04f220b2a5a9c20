/** BigQuery's datasets. https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
import { mergePatch, notFound, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const HOUR = 3_600_000

export const BIGQUERY_REFUSALS = {
  'dataset-exists': {
    status: 409,
    reason: 'duplicate',
    message: 'Already Exists: Dataset',
    documentation: 'https://cloud.google.com/bigquery/docs/error-messages#duplicate',
  },
  'dataset-location-fixed': {
    status: 400,
    reason: 'invalid',
    message: 'Cannot change the location of a dataset',
    documentation: 'https://cloud.google.com/bigquery/docs/datasets#dataset_limitations',
  },
  'dataset-location-unknown': {
    status: 400,
    reason: 'invalid',
    message: 'The location is none of BigQuery’s',
    documentation: 'https://cloud.google.com/bigquery/docs/locations',
  },
  'dataset-name-invalid': {
    status: 400,
    reason: 'invalid',
    message: 'Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.',
    documentation: 'https://cloud.google.com/bigquery/docs/datasets#dataset-naming',
  },
  'time-travel-window': {
    status: 400,
    reason: 'invalid',
    message: 'The time travel window must be a multiple of 24 from 48 to 168 hours',
    documentation: 'https://cloud.google.com/bigquery/docs/time-travel#configure_the_time_travel_window',
  },
  'table-expiration': {
    status: 400,
    reason: 'invalid',
    message: 'The default table expiration must be at least 3600000 ms (one hour)',
    documentation: 'https://cloud.google.com/bigquery/docs/updating-datasets#table-expiration',
  },
  'label-invalid': {
    status: 400,
    reason: 'invalid',
    message: 'Labels have lower-case keys and values of at most 63 characters',
    documentation: 'https://cloud.google.com/bigquery/docs/labels-intro#requirements',
  },
} as const satisfies Refusals

export const datasetKey = (world: World, id: string) =>
  `bigquery.googleapis.com/projects/${world.projectId}/datasets/${id}`

function assertValid(dataset: Json): void {
  const hours = Number(dataset['maxTimeTravelHours'] ?? 168)
  if (hours < 48 || hours > 168 || hours % 24 !== 0) throw refused(BIGQUERY_REFUSALS['time-travel-window'])
  const expiration = Number(dataset['defaultTableExpirationMs'] ?? HOUR)
  if (expiration < HOUR) throw refused(BIGQUERY_REFUSALS['table-expiration'])
  for (const [name, value] of Object.entries((dataset['labels'] ?? {}) as Record<string, string>))
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name) || !/^[a-z0-9_-]{0,63}$/.test(value))
      throw refused(BIGQUERY_REFUSALS['label-invalid'])
}

function datasetOf(params: Readonly<Record<string, string>>, world: World): Json {
  if (params['projectId'] !== world.projectId) throw notFound(`project ${params['projectId']}`)
  const there = world.resources.get(datasetKey(world, params['datasetId'] ?? ''))
  if (there === undefined) throw notFound(`Dataset ${world.projectId}:${params['datasetId']}`)
  return there
}

const stamped = (dataset: Json, world: World): Json => ({
  ...dataset,
  etag: world.etag(),
  lastModifiedTime: String(world.now),
})

export const BIGQUERY: Fake = {
  'bigquery.datasets.get': ({ params }, world) => datasetOf(params, world),

  'bigquery.datasets.insert': ({ params, body }, world) => {
    if (params['projectId'] !== world.projectId) throw notFound(`project ${params['projectId']}`)
    const { datasetId } = body['datasetReference'] as { readonly datasetId: string }
    if (!/^[A-Za-z0-9_]{1,1024}$/.test(datasetId)) throw refused(BIGQUERY_REFUSALS['dataset-name-invalid'])
    const location = (body['location'] ?? 'US') as string
    if (!/^(US|EU|[a-z]+-[a-z]+\d+)$/i.test(location)) throw refused(BIGQUERY_REFUSALS['dataset-location-unknown'])
    const key = datasetKey(world, datasetId)
    if (world.resources.has(key)) throw refused(BIGQUERY_REFUSALS['dataset-exists'], datasetId)
    assertValid(body)
    // BigQuery writes a region small and a multi-region large.
    const written = location.includes('-') ? location.toLowerCase() : location.toUpperCase()
    const dataset = {
      kind: 'bigquery#dataset',
      maxTimeTravelHours: '168',
      ...body,
      id: `${world.projectId}:${datasetId}`,
      location: written,
      creationTime: String(world.now),
      access: [
        { role: 'WRITER', specialGroup: 'projectWriters' },
        { role: 'OWNER', specialGroup: 'projectOwners' },
        { role: 'READER', specialGroup: 'projectReaders' },
      ],
    }
    world.resources.set(key, stamped(dataset, world))
    return world.get(key)
  },

  'bigquery.datasets.patch': ({ params, body }, world) => {
    const there = datasetOf(params, world)
    const patched = mergePatch(there, body) as Json
    if (patched['location'] !== there['location']) throw refused(BIGQUERY_REFUSALS['dataset-location-fixed'])
    assertValid(patched)
    const key = datasetKey(world, params['datasetId'] ?? '')
    world.resources.set(key, stamped(patched, world))
    return world.get(key)
  },
}
