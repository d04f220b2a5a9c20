import { parseSettings } from '../functions/src/config/settings.ts'
import { BigQueryWarehouse } from '../functions/src/platform/bigquery-warehouse.ts'
import { provisionedProject } from './testing/run.ts'

type Client = ConstructorParameters<typeof BigQueryWarehouse>[1]

it('makes the datasets that the export would make, in the same place, with the same time to live', async () => {
  const settings = parseSettings({
    RAW_BUCKET: 'raw',
    PROCESSED_BUCKET: 'processed',
    BIGQUERY_LOCATION: 'europe-west1',
  })
  const made: Record<string, { readonly location?: string }> = {}
  const client = {
    dataset: () => ({ getMetadata: () => Promise.reject(Object.assign(new Error('not found'), { code: 404 })) }),
    createDataset: (id: string, options: { readonly location?: string }) => {
      made[id] = options
      return Promise.resolve()
    },
  }
  await new BigQueryWarehouse(settings, client as unknown as Client).ensure([])
  expect(Object.keys(made)).toEqual(['darkroom', 'darkroom_staging'])
  const { world } = await provisionedProject({ BIGQUERY_LOCATION: 'europe-west1' })
  for (const [id, options] of Object.entries(made))
    expect(world.get(`bigquery.googleapis.com/projects/${world.projectId}/datasets/${id}`)).toMatchObject(options)
})
