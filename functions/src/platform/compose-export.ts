/** Puts the parts together for the export: a file of its own, since no other function loads BigQuery's client. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { recorded } from '../api/runs.ts'
import { parseSettings, type Settings } from '../config/settings.ts'
import { rowsMoved, runExport, type Export, type ExportReport } from '../export/run.ts'
import { cloudLog } from './cloud-log.ts'
import { warehouseOf } from './compose-warehouse.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

/**
 * How long a page that is on its way when time is up may take to come to its end, in seconds; then its job is left to the next run. Of the
 * minute that the function has left by then, the rest is for writing that down.
 */
const LAST_PAGE_SECONDS = 35

/** So much of a run is for filling tables from their beginning: a run begins every five minutes, and new rows come first in it. */
const FILL_SECONDS = 240

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())
const warehouse = once(() => warehouseOf(settings()))

/** Time first, so that runs are found in order; random after it, since two may begin in one millisecond. */
export const newRunId = () => `${new Date().toISOString().replaceAll(/\D/g, '')}_${randomBytes(4).toString('hex')}`

/** `seconds`: how long the run may take before it leaves the rest to the next. Throws where it failed; what it had moved stays so. */
export function exportOnce(
  seconds: number,
  more: Partial<Pick<Export, 'runId' | 'again' | 'onPage'>> = {},
): Promise<ExportReport> {
  const { isPast } = stopwatch()
  return runExport({
    store: store(),
    warehouse: warehouse(),
    runId: newRunId(),
    pageRows: settings().exportPageRows,
    sleep: async (milliseconds) => setTimeout(milliseconds),
    outOfTime: () => isPast(seconds),
    mustStop: () => isPast(seconds + LAST_PAGE_SECONDS),
    mayFill: () => !isPast(FILL_SECONDS),
    ...more,
  })
}

/** The same, for the function: what the run did is logged. */
export async function exportNow(seconds: number): Promise<void> {
  const watch = stopwatch()
  const runId = newRunId()
  try {
    const { outcome, pages, rows, watermark, lagSeconds, filling } = await recorded(
      { store: store(), log: cloudLog },
      'exportToBigQuery',
      () => exportOnce(seconds, { runId }),
      (report) => ({ rows: rowsMoved(report), pages: report.pages }),
    )
    cloudLog.info('export finished', {
      runId,
      outcome,
      pages,
      rows,
      watermark: watermark?.toString() ?? null,
      lagSeconds,
      filling,
      milliseconds: watch.milliseconds(),
    })
  } catch (error) {
    cloudLog.error('export failed', { runId, milliseconds: watch.milliseconds(), error })
    throw error
  }
}
