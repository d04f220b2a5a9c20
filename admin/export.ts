import { setTimeout } from 'node:timers/promises'
import type { ExportReport, PageMoved } from '../functions/src/export/run.ts'
import { exportOnce } from '../functions/src/platform/compose-export.ts'
import { print, UsageError, type Command } from './command.ts'
import { ProgressLine } from './terminal.ts'

/** Seconds that one round may take: as the function's. What is left is the next one's, after new changes. */
const ROUND_SECONDS = 480
/** Milliseconds until another exporter is looked for again, once this one has begun. */
const LOOK_EVERY = 5000

export const exportCommand: Command = {
  help: `  export                         brings BigQuery up to date now, instead of within the next five minutes, and says what was moved. Exits with 1
                                 where it failed, and where another export is at work: then nothing was done
    --again                      moves everything once more, so that rows which somebody has changed or deleted in BigQuery are right again
    --json                       as one line of JSON
`,
  changes: () => true,
  async run(args, { again, json }) {
    if (args.length > 0) throw new UsageError(`export ${args.join(' ')}: expected options alone`)
    const line = new ProgressLine()
    const moved = new Map<string, number>()
    const onPage = ({ table, rows }: PageMoved) => {
      moved.set(table, (moved.get(table) ?? 0) + rows)
      line.show([...moved].map(([name, count]) => `${count} ${name}`).join(', '))
    }
    const done = await exportAll((more) => exportOnce(ROUND_SECONDS, { ...more, onPage }), { again, wait })
    line.end()
    if (json) print(JSON.stringify(done))
    else printExported(done)
    return done.outcome === 'complete' ? 0 : 1
  },
}

const wait = async () => setTimeout(LOOK_EVERY)

export interface Exported extends Pick<ExportReport, 'outcome' | 'pages' | 'rows' | 'watermark' | 'lagSeconds'> {
  readonly runs: readonly string[]
}

/**
 * Runs the export until nothing is left. Where another is at work from the start, nothing is done; where one comes in between two rounds, it
 * is waited for. Throws what a round throws.
 */
export async function exportAll(
  once: (more: { readonly again: boolean }) => Promise<ExportReport>,
  { again, wait: waited }: { readonly again: boolean; readonly wait: () => Promise<void> },
): Promise<Exported> {
  const runs: string[] = []
  const rows: Record<string, number> = {}
  let pages = 0
  for (;;) {
    const report = await once({ again: again && runs.length === 0 })
    const { outcome, watermark, lagSeconds } = report
    if (outcome === 'busy') {
      if (runs.length === 0) return { runs, outcome, pages, rows, watermark, lagSeconds }
      await waited()
      continue
    }
    runs.push(report.runId)
    pages += report.pages
    for (const [table, count] of Object.entries(report.rows)) rows[table] = (rows[table] ?? 0) + count
    if (outcome === 'complete') return { runs, outcome, pages, rows, watermark, lagSeconds }
  }
}

function printExported({ outcome, runs, rows, watermark, lagSeconds }: Exported): void {
  if (outcome === 'busy') {
    print('another export is at work, so that nothing was done: it ends within nine minutes, and moves the same rows')
    return
  }
  for (const [table, count] of Object.entries(rows)) print(`${String(count).padStart(8)} rows moved to ${table}`)
  print(
    watermark === null
      ? 'nothing has ever changed'
      : `the latest change that was ever moved is of ${watermark.toString()}`,
  )
  print(
    `whatever was changed more than ${lagSeconds ?? 0} seconds ago is in BigQuery (${runs.join(', ')} in export_status)`,
  )
}
