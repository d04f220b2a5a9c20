/** The options that commands share: dates are YYYY-MM-DD, in the reporting time zone. */
export interface Options {
  /** Undefined is the local stack. */
  readonly project?: string
  readonly customer?: string
  readonly image?: string
  readonly from?: string
  readonly to?: string
  readonly profile?: string
  readonly reason?: string
  /** PARTITION:OFFSET */
  readonly at?: string
  readonly limit?: string
  readonly show: boolean
  readonly again: boolean
  readonly json: boolean
  readonly start: boolean
  readonly repair: boolean
  /** Goes on with what was started. */
  readonly finish: boolean
  /** What has to be typed once more. */
  readonly confirm?: string
}

export interface Command {
  /** Its lines of the help text. */
  readonly help: string
  /** Whether it changes something when called so: then `audit/` keeps the call. Without this it never does. */
  changes?(args: readonly string[], options: Options): boolean
  /** What of the arguments `audit/` must not keep as it is, such as the id of a customer who is erased: its SHA-256 stands there instead. */
  hides?(args: readonly string[], options: Options): readonly string[]
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
