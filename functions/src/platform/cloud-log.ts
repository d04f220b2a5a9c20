import { error, info, warn } from 'firebase-functions/logger'
import type { Log } from '../intake/log.ts'

/** Structured lines as Cloud Logging reads them from standard output. An Error in a field is written with its stack. */
export const cloudLog: Log = { info, warn, error }
