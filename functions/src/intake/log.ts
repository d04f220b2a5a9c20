/** The port to Cloud Logging: one structured line a call. `platform/cloud-log.ts` writes it. */
export interface Log {
  info(message: string, fields: LogFields): void
  warn(message: string, fields: LogFields): void
  error(message: string, fields: LogFields): void
}

export type LogFields = Readonly<Record<string, unknown>>
