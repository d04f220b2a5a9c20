/** What of a customer's data cannot be deleted by us, and when it goes by itself. */
import type { Settings } from '../config/settings.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Erasure, Outlives } from '../ledger/erasure.ts'
import type { ObjectsFound } from './erase-objects.ts'

export type OutlivesSettings = Pick<Settings, 'retentionDays' | 'kafkaRetentionDays' | 'metricCustomers'> & {
  readonly kafka: Pick<Settings['kafka'], 'topic'>
}

/** Days. The lifecycle looks once a day. https://cloud.google.com/storage/docs/lifecycle#behavior */
const LIFECYCLE = 1
/** Time travel and then fail-safe. https://cloud.google.com/bigquery/docs/time-travel */
const TIME_TRAVEL = 7
const FAIL_SAFE = 7
/** https://cloud.google.com/bigquery/docs/information-schema-jobs#data_retention */
const JOB_HISTORY = 180
/** https://cloud.google.com/firestore/docs/pitr */
const POINT_IN_TIME = 7
/** The longest that provision/firestore.ts keeps one. */
const BACKUPS = 28
/** Of the bucket _Default. https://cloud.google.com/logging/quotas#logs_retention_periods */
const LOGS = 30
/** https://cloud.google.com/monitoring/quotas#data_retention_policy */
const METRICS = 730
/** https://firebase.google.com/support/privacy */
const AUTHENTICATION = 180
/** Google's queues hand an event on for so long. https://cloud.google.com/eventarc/docs/retry-events */
const EVENTS = 1

/**
 * How long an upload that was begun before may still go on: a sign-in holds an hour, and an upload that can be resumed a week.
 * https://cloud.google.com/storage/docs/resumable-uploads#session-uris
 */
export const uploadsEnd = ({ startedAt }: Pick<Erasure, 'startedAt'>): Instant =>
  startedAt.plusDays(7).plusSeconds(3600)

/** When a result that is kept has gone: by its retention, and the lifecycle after it. */
export const resultsEnd = ({ youngest }: ObjectsFound, retentionDays: number): Instant | null =>
  youngest?.plusDays(retentionDays + LIFECYCLE) ?? null

export function outliving(
  erasure: Pick<Erasure, 'startedAt' | 'rowsGoneAt' | 'closedAt'>,
  results: ObjectsFound,
  { retentionDays, kafkaRetentionDays, metricCustomers, kafka }: OutlivesSettings,
  { customerId, now }: { readonly customerId: string; readonly now: Instant },
): readonly Outlives[] {
  const { startedAt } = erasure
  const rows = erasure.rowsGoneAt ?? now
  const documents = erasure.closedAt ?? now
  const list: Outlives[] = [
    {
      what: "BigQuery: the rows, by time travel and then Google's fail-safe",
      until: rows.plusDays(TIME_TRAVEL + FAIL_SAFE),
    },
    {
      what: 'BigQuery: staging tables expire after a day, then the same holds for them',
      until: rows.plusDays(1 + TIME_TRAVEL + FAIL_SAFE),
    },
    {
      what: "BigQuery: the customer's id as a parameter in the history of the jobs that deleted",
      until: rows.plusDays(JOB_HISTORY),
    },
    { what: 'Firestore: point-in-time recovery', until: documents.plusDays(POINT_IN_TIME) },
    { what: 'Firestore: backups', until: documents.plusDays(BACKUPS) },
    { what: "Cloud Logging: lines that name the customer's id and objects", until: documents.plusDays(LOGS) },
    {
      what: 'Eventarc and Cloud Tasks: events and tasks under way, which name objects',
      until: startedAt.plusDays(EVENTS),
    },
    { what: "Firebase Authentication: Google's own backups of the users", until: startedAt.plusDays(AUTHENTICATION) },
    {
      what: 'Uploads begun before: each becomes no image, and goes with the next run of this command or by the lifecycle',
      until: uploadsEnd(erasure),
    },
    { what: `Kafka: records in ${kafka.topic}, which the bridge drops`, until: startedAt.plusDays(kafkaRetentionDays) },
    {
      what: `Kafka: dead letters and answers in ${kafka.topic}.dlq and ${kafka.topic}.results, by their retention`,
      until: null,
    },
    {
      what: "profileVersions/: settings of the customer's own profiles to which jobs were pinned, without its id",
      until: null,
    },
  ]
  if (metricCustomers.includes(customerId)) {
    list.push({
      what: 'Cloud Monitoring: time series with its id, since METRIC_CUSTOMERS names it: take it out of there',
      until: documents.plusDays(METRICS),
    })
  }
  if (results.objects > 0) {
    list.unshift({
      what: `${results.objects} results, ${results.bytes} bytes, which the retention policy keeps`,
      until: resultsEnd(results, retentionDays),
    })
  }
  return list
}
