import { projectID } from 'firebase-functions/params'
import type { Settings } from '../config/settings.ts'
import { BigQueryWarehouse } from './bigquery-warehouse.ts'

/** Of the functions' own project; without their runtime (`npm run admin`) the environment says which. */
export const warehouseOf = (settings: Settings) =>
  new BigQueryWarehouse({ ...settings, projectId: projectID.value() || process.env['GCLOUD_PROJECT'] })
