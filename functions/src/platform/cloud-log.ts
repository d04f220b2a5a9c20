import { error, info, warn } from 'firebase-functions/logger'
import type { Log, LogFields } from '../intake/log.ts'

/** Structured lines as Cloud Logging reads them from standard output. */
export const cloudLog: Log = {
  info: (message, fields) => info(message, readable(fields)),
  warn: (message, fields) => warn(message, readable(fields)),
  error: (message, fields) => error(message, readable(fields)),
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
