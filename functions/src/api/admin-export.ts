/** The export, now instead of within five minutes. */
import type { ExportAnswer } from '../contract/admin.ts'
import { rowsMoved, type Export, type ExportReport } from '../export/run.ts'
import type { CallContext } from './callable.ts'

/** `run`: one run of the export, which does nothing where another is at work. */
export async function adminExport(
  run: (options: Pick<Export, 'onPage'>) => Promise<ExportReport>,
  { progress }: Pick<CallContext, 'progress'>,
): Promise<ExportAnswer> {
  let moved = 0
  const report = await run({ onPage: (page) => progress({ rows: (moved += page.rows) }) })
  return { rows: rowsMoved(report), busy: report.outcome === 'busy' }
}
