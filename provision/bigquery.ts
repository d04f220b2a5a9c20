/** The datasets, as BigQueryWarehouse.ensure would make them, and with what it leaves alone. https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
import { changesBetween, onlyChanged, type Json } from './compare.ts'
import type { Project } from './project.ts'
import { found, Obstacle, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

const STAGING_MILLISECONDS = 24 * 60 * 60 * 1000

export const datasetResourceName = (dataset: string) => `dataset ${dataset}`

export function datasets({ projectId, settings }: Pick<Project, 'projectId' | 'settings'>): readonly Resource[] {
  const dataset = settings.bigqueryDataset
  const of = (name: string, wanted: Json) => datasetResource(projectId, settings.bigqueryLocation, name, wanted)
  return [
    of(dataset, {
      description:
        'What Darkroom has processed, for whom: written by its export every few minutes. docs/bi.md has the questions that it answers.',
      labels: { app: 'darkroom' },
      // The longest there is: a table can be had as it was up to a week ago, which is also how long erased rows can still be read.
      maxTimeTravelHours: '168',
    }),
    of(`${dataset}_staging`, {
      description: 'What the export is about to merge. Its tables go by themselves after a day.',
      labels: { app: 'darkroom' },
      defaultTableExpirationMs: String(STAGING_MILLISECONDS),
      // The shortest there is.
      maxTimeTravelHours: '48',
    }),
  ]
}

interface Dataset {
  readonly location?: string
}

function datasetResource(projectId: string, location: string, name: string, wanted: Json): Resource {
  const url = `https://bigquery.googleapis.com/bigquery/v2/projects/${projectId}/datasets`
  return {
    name: datasetResourceName(name),
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      const there = await found<Dataset>(api, `${url}/${name}`)
      if (there === null) {
        const whole = { location, ...wanted }
        const body = { datasetReference: { projectId, datasetId: name }, ...whole }
        return {
          kind: 'create',
          changes: changesBetween(null, whole),
          apply: () => api.call({ method: 'POST', url, body }),
        }
      }
      if (there.location?.toUpperCase() !== location.toUpperCase()) {
        throw new Obstacle(
          `the dataset ${name} is in ${there.location}, and BIGQUERY_LOCATION is ${location}: a dataset can't be moved. Set BIGQUERY_LOCATION=${there.location}, or BIGQUERY_DATASET to another name`,
        )
      }
      const changes = changesBetween(there as Json, wanted)
      if (changes.length === 0) return null
      const body = onlyChanged(changes)
      return { kind: 'update', changes, apply: () => api.call({ method: 'PATCH', url: `${url}/${name}`, body }) }
    },
  }
}
