import { exportOnce } from '../functions/src/platform/compose-export.ts'
import { print, UsageError, type Command } from './command.ts'

/** As long as a run of the function: one that dies holds up nobody for longer. */
const RUN_SECONDS = 480

export const exportCommand: Command = {
  help: `  export                         brings BigQuery up to date now, and says what was moved; the function does so every five minutes
    --again                      moves everything once more, what is in BigQuery already included: rows that were changed there by hand are put right
    --json                       what each run did, a line of JSON each
`,
  changes: () => true,
  async run(args, { again, json }) {
    if (args.length > 0) throw new UsageError('export: expected no arguments')
    const moved = new Map<string, number>()
    const progress = () => [...moved].map(([table, rows]) => `${rows} of ${table}`).join(', ')
    for (let isFirst = true; ; isFirst = false) {
      const report = await exportOnce(RUN_SECONDS, {
        again: again && isFirst,
        onPage({ table, rows }) {
          moved.set(table, (moved.get(table) ?? 0) + rows)
          if (process.stderr.isTTY) process.stderr.write(`\rmoved: ${progress()}`)
        },
      })
      if (process.stderr.isTTY) process.stderr.write('\n')
      const { outcome, rows, watermark, lagSeconds, filling } = report
      if (json) print(JSON.stringify({ ...report, watermark: watermark?.toString() ?? null }))
      if (outcome === 'busy') {
        if (!json)
          print(
            'another export is at work: this one did nothing. Try again in a minute, or look at exports/ in Firestore',
          )
        return 1
      }
      // What is left goes on where this run has stopped.
      if (outcome === 'out-of-time' || filling.length > 0) continue
      if (!json) {
        print(
          Object.entries({ ...rows, ...Object.fromEntries(moved) })
            .map(([table, count]) => `${String(count).padStart(10)} rows of ${table}`)
            .join('\n'),
        )
        print(`all that was changed until ${lagSeconds ?? '?'} s ago is in BigQuery`)
      }
      return 0
    }
  },
}
