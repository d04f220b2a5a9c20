/**
 * Every setting, in one table: `docs/operations.md` is checked against it by a test. Parsed once, before the first event;
 * all mistakes are reported at once.
 */

import { CUSTOMER_ID } from '../contract/names.ts'
import { ALERT_DEFINITIONS, alertsOf, type AlertSettings } from './alert-settings.ts'
import { KAFKA_DEFINITIONS, kafkaOf, type KafkaSettings } from './kafka-settings.ts'
import { BUCKET, readerOf, SettingsError, type Definition } from './reader.ts'

/** Seconds that one invocation of processImage or redrive may take. */
export const PROCESS_TIMEOUT_SECONDS = 300

export const SETTING_DEFINITIONS = {
  RAW_BUCKET: { meaning: 'bucket into which customers and the bridge put images', default: null },
  PROCESSED_BUCKET: { meaning: 'bucket for results; must differ from RAW_BUCKET', default: null },
  REPORTING_TIME_ZONE: {
    meaning: 'IANA time zone of the day that an image counts for; fixed with the first record',
    default: 'UTC',
  },
  RETENTION_DAYS: { meaning: 'how long results are kept', unit: 'days', default: '7', min: 7, max: 36_500 },
  RAW_DAYS: {
    meaning: 'how long raw images are kept, and so can be replayed',
    unit: 'days',
    default: '14',
    min: 1,
    max: 3650,
  },
  KAFKA_RETENTION_DAYS: {
    meaning: "how long the sender's Kafka topic keeps a record",
    unit: 'days',
    default: '7',
    min: 0,
    max: 3650,
  },
  RECORD_DAYS: {
    meaning: "how long an image's record is kept; more than RAW_DAYS + KAFKA_RETENTION_DAYS",
    unit: 'days',
    default: '400',
    min: 1,
    max: 36_500,
  },
  STATS_SHARDS: {
    meaning: "documents over which one customer's counters of one day are spread",
    default: '8',
    min: 1,
    max: 100,
  },
  MAX_INPUT_BYTES: {
    meaning: 'largest image that is processed',
    unit: 'bytes',
    default: String(50 * 1024 * 1024),
    min: 1,
    max: 200 * 1024 * 1024,
  },
  MAX_INPUT_PIXELS: {
    meaning: 'most pixels (width x height x pages) that an image may declare',
    unit: 'pixels',
    default: '100000000',
    min: 1,
    max: 1_000_000_000,
  },
  MAX_INPUT_EDGE: {
    meaning: 'longest side that an image may declare',
    unit: 'pixels',
    default: '100000',
    min: 1,
    max: 10_000_000,
  },
  MAX_INPUT_PAGES: {
    meaning: 'most frames of an animation, or pages of a TIFF',
    unit: 'pages',
    default: '1000',
    min: 1,
    max: 100_000,
  },
  ALLOW_SVG: {
    meaning: 'whether SVG drawings are processed, those that refer to nothing outside of themselves: yes or no',
    default: 'no',
  },
  MAX_DECODED_BYTES: {
    meaning:
      "most memory that an image and the profile's processors may need for it, by the model of functions/src/processing/memory.ts",
    unit: 'bytes',
    // Two images in flight leave a quarter of processImage's 2 GiB to everything else.
    default: String(768 * 1024 * 1024),
    min: 1,
  },
  WORK_SECONDS: {
    meaning: "time in which one image must be processed; at most the function's timeout less 60 s",
    unit: 'seconds',
    default: '240',
    min: 1,
    max: 480,
  },
  LEASE_SECONDS: {
    meaning: "how long a claim holds; the function's timeout plus 60 s",
    unit: 'seconds',
    default: '360',
    min: 2,
    max: 3600,
  },
  DAILY_QUOTA: {
    meaning: 'images per customer and day (approximate); 0 is no limit',
    unit: 'images',
    default: '0',
    min: 0,
  },
  METRIC_CUSTOMERS: {
    meaning:
      'customers that metrics of Cloud Monitoring show by name, separated by commas, at most 100; all others are `other`',
    default: '',
  },
  WEB_ORIGINS: {
    meaning: "addresses from which the web page is served beside the hosting site's own two, separated by commas",
    default: '',
  },
  APP_CHECK_SITE_KEY: {
    meaning:
      'site key of reCAPTCHA Enterprise, by which the web page proves that it is the page (App Check): the callables of both pages then refuse all else; empty is off',
    default: '',
  },
  BIGQUERY_DATASET: { meaning: 'dataset that the export writes', default: 'darkroom' },
  BIGQUERY_LOCATION: { meaning: 'location of the dataset', default: 'EU' },
  BIGQUERY_API_ENDPOINT: { meaning: "address of a BigQuery stand-in; empty is Google's own", default: '' },
  EXPORT_PAGE_ROWS: {
    meaning: 'rows that the export moves at a time, at most; a page is also full at 24 MiB',
    unit: 'rows',
    default: '25000',
    min: 1,
    max: 100_000,
  },
  ...ALERT_DEFINITIONS,
  ...KAFKA_DEFINITIONS,
} as const satisfies Record<string, Definition>

export type SettingName = keyof typeof SETTING_DEFINITIONS

export interface Settings {
  readonly rawBucket: string
  readonly processedBucket: string
  readonly reportingTimeZone: string
  readonly retentionDays: number
  readonly rawDays: number
  readonly kafkaRetentionDays: number
  readonly recordDays: number
  readonly statsShards: number
  readonly maxInputBytes: number
  readonly maxInputPixels: number
  readonly maxInputEdge: number
  readonly maxInputPages: number
  readonly allowSvg: boolean
  readonly maxDecodedBytes: number
  readonly workSeconds: number
  readonly leaseSeconds: number
  readonly dailyQuota: number
  readonly metricCustomers: readonly string[]
  readonly webOrigins: readonly string[]
  /** Empty: App Check is off. */
  readonly appCheckSiteKey: string
  readonly bigqueryDataset: string
  readonly bigqueryLocation: string
  readonly bigqueryApiEndpoint: string
  readonly exportPageRows: number
  readonly alerts: AlertSettings
  readonly kafka: KafkaSettings
}

const MAX_METRIC_CUSTOMERS = 100
/** A scheme, a host and maybe a port; nothing after it. */
const ORIGIN = /^https?:\/\/[^\s/,?#@]+$/
/** https://cloud.google.com/recaptcha/docs/create-key-website: public, like every site key. */
const SITE_KEY = /^[A-Za-z0-9_-]{10,100}$/
const DATASET = /^[A-Za-z0-9_]{1,1024}$/

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Reads the settings from an environment. Throws a {@link SettingsError} that lists every mistake. */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = []
  const read = readerOf(env, SETTING_DEFINITIONS, problems)
  const { text, whole, matching, yesOrNo, list } = read
  const settings: Settings = {
    rawBucket: matching('RAW_BUCKET', BUCKET),
    processedBucket: matching('PROCESSED_BUCKET', BUCKET),
    reportingTimeZone: text('REPORTING_TIME_ZONE'),
    retentionDays: whole('RETENTION_DAYS'),
    rawDays: whole('RAW_DAYS'),
    kafkaRetentionDays: whole('KAFKA_RETENTION_DAYS'),
    recordDays: whole('RECORD_DAYS'),
    statsShards: whole('STATS_SHARDS'),
    maxInputBytes: whole('MAX_INPUT_BYTES'),
    maxInputPixels: whole('MAX_INPUT_PIXELS'),
    maxInputEdge: whole('MAX_INPUT_EDGE'),
    maxInputPages: whole('MAX_INPUT_PAGES'),
    allowSvg: yesOrNo('ALLOW_SVG'),
    maxDecodedBytes: whole('MAX_DECODED_BYTES'),
    workSeconds: whole('WORK_SECONDS'),
    leaseSeconds: whole('LEASE_SECONDS'),
    dailyQuota: whole('DAILY_QUOTA'),
    metricCustomers: list('METRIC_CUSTOMERS', CUSTOMER_ID),
    webOrigins: list('WEB_ORIGINS', ORIGIN),
    appCheckSiteKey: matching('APP_CHECK_SITE_KEY', SITE_KEY),
    bigqueryDataset: matching('BIGQUERY_DATASET', DATASET),
    bigqueryLocation: text('BIGQUERY_LOCATION'),
    bigqueryApiEndpoint: text('BIGQUERY_API_ENDPOINT'),
    exportPageRows: whole('EXPORT_PAGE_ROWS'),
    alerts: alertsOf(read),
    kafka: kafkaOf(read),
  }

  if (settings.rawBucket !== '' && settings.rawBucket === settings.processedBucket) {
    problems.push(
      `RAW_BUCKET and PROCESSED_BUCKET are both ${JSON.stringify(settings.rawBucket)}: they must differ, or each result would be processed again`,
    )
  }
  if (!isTimeZone(settings.reportingTimeZone)) {
    problems.push(
      `REPORTING_TIME_ZONE is ${JSON.stringify(settings.reportingTimeZone)}: expected an IANA name such as Europe/Berlin`,
    )
  }
  if (settings.metricCustomers.length > MAX_METRIC_CUSTOMERS) {
    problems.push(
      `METRIC_CUSTOMERS has ${settings.metricCustomers.length} customers: expected at most ${MAX_METRIC_CUSTOMERS}, since each is a time series of its own for each type and outcome`,
    )
  }
  if (settings.recordDays <= settings.rawDays + settings.kafkaRetentionDays) {
    problems.push(
      `RECORD_DAYS is ${settings.recordDays}: expected more than RAW_DAYS + KAFKA_RETENTION_DAYS = ${settings.rawDays + settings.kafkaRetentionDays}, or a repeated event would count an image again after its record has gone`,
    )
  }
  if (settings.workSeconds >= settings.leaseSeconds) {
    problems.push(
      `WORK_SECONDS is ${settings.workSeconds}: expected less than LEASE_SECONDS = ${settings.leaseSeconds}`,
    )
  }
  if (env['FUNCTIONS_EMULATOR'] !== 'true' && settings.leaseSeconds < PROCESS_TIMEOUT_SECONDS + 60) {
    problems.push(
      `LEASE_SECONDS is ${settings.leaseSeconds}: expected at least ${PROCESS_TIMEOUT_SECONDS + 60} (the function's timeout plus a minute), or an image would be given to a second process while the first is still at work`,
    )
  }
  if (settings.bigqueryApiEndpoint !== '' && !URL.canParse(settings.bigqueryApiEndpoint)) {
    problems.push(
      `BIGQUERY_API_ENDPOINT is ${JSON.stringify(settings.bigqueryApiEndpoint)}: expected a URL such as http://127.0.0.1:9050`,
    )
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return settings
}
