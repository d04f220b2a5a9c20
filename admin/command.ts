/** The options that commands share: dates are YYYY-MM-DD, in the reporting time zone. */
export interface Options {
  readonly customer?: string
  readonly image?: string
  readonly from?: string
  readonly to?: string
  readonly profile?: string
  readonly reason?: string
  /** PARTITION:OFFSET */
  readonly at?: string
  readonly limit?: string
  readonly again: boolean
  readonly json: boolean
  readonly start: boolean
}

export interface Command {
  /** Its lines of the help text. */
  readonly help: string
  /** Returns the process's exit code. The environment is set up by then. */
  run(args: readonly string[], options: Options): Promise<number>
}

/** The command line is wrong: the message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** That, or what parseArgs of node:util throws. */
export const isUsageError = (error: unknown): boolean =>
  // Firestore's codes are numbers.
  error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')

export const print = (line: string) => void process.stdout.write(`${line}\n`)
