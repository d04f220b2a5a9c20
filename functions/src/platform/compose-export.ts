/** Puts the parts together for the export: a file of its own, since no other function loads BigQuery's client. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { projectID } from 'firebase-functions/params'
import { parseSettings, type Settings } from '../config/settings.ts'
import { runExport } from '../export/run.ts'
import { BigQueryWarehouse } from './bigquery-warehouse.ts'
import { cloudLog } from './cloud-log.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())
const warehouse = once(() => new BigQueryWarehouse({ ...settings(), projectId: projectID.value() || undefined }))

/** `seconds`: how long the run may take before it leaves the rest to the next. Throws where it failed; what it had moved stays so. */
export async function exportNow(seconds: number): Promise<void> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  // Time first, so that runs are found in order; random after it, since two may begin in one millisecond.
  const runId = `${new Date().toISOString().replaceAll(/\D/g, '')}_${randomBytes(4).toString('hex')}`
  try {
    const { outcome, pages, rows, watermark } = await runExport({
      store: store(),
      warehouse: warehouse(),
      runId,
      pageRows: settings().exportPageRows,
      sleep: async (milliseconds) => setTimeout(milliseconds),
      outOfTime: () => elapsed() > seconds * 1000,
    })
    cloudLog.info('export finished', {
      runId,
      outcome,
      pages,
      rows,
      watermark: watermark?.toString() ?? null,
      milliseconds: elapsed(),
    })
  } catch (error) {
    cloudLog.error('export failed', { runId, milliseconds: elapsed(), error })
    throw error
  }
}
