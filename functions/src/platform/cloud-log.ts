import { createHash } from 'node:crypto'
import { write } from 'firebase-functions/logger'
import { traceIdOf } from '../contract/names.ts'
import type { Log, LogFields } from '../intake/log.ts'

type Severity = 'INFO' | 'WARNING' | 'ERROR'

/** Cloud Logging makes it the entry's own trace. https://cloud.google.com/logging/docs/structured-logging#special-payload-fields */
const TRACE = 'logging.googleapis.com/trace'

/**
 * Structured lines as Cloud Logging reads them from standard output. The message is exactly the one given: alarms compare it. What names an
 * image (`image`) or a raw object (`object`) has the image's trace, so that one query shows all of its way.
 */
export const cloudLog: Log = {
  info: (message, fields) => writeLine('INFO', message, fields),
  warn: (message, fields) => writeLine('WARNING', message, fields),
  error: (message, fields) => writeLine('ERROR', message, fields),
}

function writeLine(severity: Severity, message: string, fields: LogFields): void {
  const entry = { ...readable(fields), ...stackOf(severity, fields), severity, message }
  const trace = traceOf(fields)
  if (trace === null) {
    write(entry)
    return
  }
  // Not by firebase-functions, which puts the trace of the request over any other.
  const stream = severity === 'INFO' ? process.stdout : process.stderr
  stream.write(`${JSON.stringify({ ...entry, [TRACE]: trace })}\n`)
}

/** Null where the line is about no image, or no project is known. */
function traceOf({ image, object }: LogFields): string | null {
  const project = process.env['GCLOUD_PROJECT'] ?? process.env['GOOGLE_CLOUD_PROJECT']
  if (project === undefined) return null
  if (typeof image === 'string') return `projects/${project}/traces/${traceIdOf(image)}`
  // As imageIdOf has it, which can't be waited for here.
  if (typeof object !== 'string') return null
  return `projects/${project}/traces/${traceIdOf(createHash('sha256').update(object).digest('hex'))}`
}

/** Where Error Reporting looks first. https://cloud.google.com/error-reporting/docs/formatting-error-messages */
function stackOf(severity: Severity, fields: LogFields): LogFields {
  const problem = severity === 'ERROR' ? Object.values(fields).find((value) => value instanceof Error) : undefined
  return problem === undefined ? {} : { stack_trace: described(problem) }
}

/** An Error has nothing that JSON takes: it is given by its stack, and so are its causes. */
function readable(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? described(value) : value]),
  )
}

function described(problem: Error): string {
  const text = problem.stack ?? `${problem.name}: ${problem.message}`
  const inner = problem instanceof AggregateError ? (problem.errors as unknown[]) : [problem.cause]
  const because = inner.filter((each) => each instanceof Error).map((each) => `\ncaused by ${described(each)}`)
  return text + because.join('')
}
