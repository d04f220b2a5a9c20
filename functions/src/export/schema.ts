/**
 * The tables in BigQuery, as data: what is created, migrated, loaded and merged is derived from this. A new column is added at the
 * end of a table, NULLABLE; nothing is ever renamed, retyped or dropped.
 */
export type ColumnType = 'STRING' | 'INT64' | 'BOOL' | 'DATE' | 'TIMESTAMP' | 'STRUCT'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED'
  readonly description: string
  /** Of a STRUCT. */
  readonly fields?: readonly Column[]
}

export interface Table {
  readonly name: string
  readonly description: string
  readonly columns: readonly Column[]
  /** Columns that name a row: there is one row for each of their values. */
  readonly key: readonly string[]
  /** A DATE column, part of the key. A query must filter by it. */
  readonly partition?: string
  readonly clustering?: readonly string[]
}

/** The column by which MERGE tells the newer of two rows. Each exported table has it. */
export const REVISION = 'revision'

type Nested = readonly Column[]
const column =
  (type: ColumnType, mode: Column['mode'] = 'NULLABLE') =>
  (name: string, description: string, fields?: Nested): Column => ({
    name,
    type,
    mode,
    description,
    ...(fields && { fields }),
  })

const string = column('STRING')
const int = column('INT64')
const bool = column('BOOL')
const timestamp = column('TIMESTAMP')
const requiredString = column('STRING', 'REQUIRED')
const requiredInt = column('INT64', 'REQUIRED')
const requiredDate = column('DATE', 'REQUIRED')
const repeated = column('STRUCT', 'REPEATED')

const customerId = requiredString(
  'customer_id',
  'The customer that owns the image: the unit of ownership and statistics.',
)
const date = requiredDate('date', 'The day on which the raw object arrived, in REPORTING_TIME_ZONE. Never changes.')
const source = string('source', 'Where it came from: web or kafka.')
const format = string(
  'format',
  "The image's type as its bytes say, for example jpeg; unknown where they were not looked at.",
)
const outcome = string('outcome', 'processed, or the reason for which it failed, for example corrupt.')

export const IMAGES: Table = {
  name: 'images',
  description: 'One row for each image that has been processed or has failed, as it was last counted.',
  key: ['date', 'customer_id', 'image_id'],
  partition: 'date',
  clustering: ['customer_id', 'image_id'],
  columns: [
    customerId,
    requiredString('image_id', "The image: a hash of its raw object's name, 40 hexadecimal digits."),
    date,
    source,
    format,
    outcome,
    string('state', 'processed or failed.'),
    string('error_code', 'Why it failed; null where it was processed.'),
    string('error_processor', 'The processor that failed, where one did.'),
    int('reprocessed', 'How often the image was processed again on request, after the first time.'),
    int('bytes_in', 'Size of the raw object, in bytes.'),
    int('bytes_out', 'Size of all outputs together, in bytes.'),
    int('pixels', 'Width x height x pages of the input; 0 where it could not be read.'),
    int('milliseconds', 'Processing time of the attempt that was counted, in milliseconds.'),
    int('width', 'Width of the input as displayed, in pixels.'),
    int('height', 'Height of the input as displayed, in pixels.'),
    int('pages', 'Pages or frames of the input.'),
    bool('alpha', 'Whether the input has an alpha channel.'),
    string('sha256', "SHA-256 of the input's bytes, hexadecimal: equal content has equal values."),
    int('outputs', 'Number of files made from it.'),
    string('file_name', "The file's name as the sender gave it: text to show."),
    string('raw_object', "The raw object's name in the raw bucket."),
    string('raw_generation', "Cloud Storage's generation of the raw object."),
    int('attempt', 'Attempts that were begun, those that died included.'),
    string('profile_version', 'Version of the profile that processed it.'),
    timestamp('received_at', 'When the raw object arrived.'),
    timestamp('processed_at', 'When the processing ended.'),
    timestamp('available_until', 'Until when every output is certain to be kept.'),
    requiredInt(REVISION, 'Rises with each write of the record: the higher of two rows is the newer.'),
    timestamp('updated_at', 'When the record was last written.'),
    string(
      'same_as',
      "The customer's image that had the same content first; null where this is it, or its bytes were never seen.",
    ),
    timestamp('reprocessed_at', 'When it was last processed again on request, whether that went well or not.'),
    string(
      'reprocess_error',
      'Why the last processing on request failed, which left all else as it was; null where it went well.',
    ),
    string('trace_id', "The trace of the image's log lines: the first 32 digits of image_id."),
    string('event_topic', 'The Kafka topic that it came from; null where it came by the web.'),
    string('event_source', "The CloudEvent's source: the system that sent it. Null where its record had none."),
    string('event_id', "The CloudEvent's id, by which its sender knows it. Null where its record had none."),
  ],
}

export const CUSTOMER_STATS: Table = {
  name: 'customer_stats',
  description: 'Counters for each customer, day, source, format and outcome. Sums of these are exact.',
  key: ['date', 'customer_id', 'source', 'format', 'outcome'],
  partition: 'date',
  clustering: ['customer_id', 'source', 'format', 'outcome'],
  columns: [
    customerId,
    date,
    { ...source, mode: 'REQUIRED' },
    { ...format, mode: 'REQUIRED' },
    { ...outcome, mode: 'REQUIRED' },
    int('images', 'Number of images.'),
    int('reprocessed', 'How often images were processed again on request.'),
    int('bytes_in', 'Size of their raw objects together, in bytes.'),
    int('bytes_out', 'Size of their outputs together, in bytes.'),
    int('pixels', 'Pixels of their inputs together: width x height x pages.'),
    int('milliseconds', 'Their processing times together, in milliseconds.'),
    repeated(
      'histogram',
      'Images by processing time, on a log scale of four buckets to each doubling. Empty buckets are left out.',
      [
        int('bucket', 'Bucket b holds processing times in [2^(b/4), 2^((b+1)/4)) milliseconds.'),
        int('images', 'Number of images in the bucket.'),
      ],
    ),
    requiredInt(
      REVISION,
      'When the counters were read, in microseconds since 1970: the higher of two rows is the newer.',
    ),
  ],
}

export const CUSTOMERS: Table = {
  name: 'customers',
  description: 'One row for each customer. Names stand here and nowhere else.',
  key: ['customer_id'],
  columns: [
    { ...customerId, description: 'The customer.' },
    string('name', "The customer's name."),
    string('kind', 'Where the customer was first seen: web or kafka.'),
    timestamp('created_at', 'When the customer was first seen.'),
    timestamp('updated_at', 'When the customer was last changed.'),
    requiredInt(REVISION, 'updated_at in microseconds since 1970: the higher of two rows is the newer.'),
    bool(
      'erased',
      'True for a pseudonym that keeps the counters of a customer whose data was deleted: it has no images.',
    ),
  ],
}

export const EXPORT_STATUS: Table = {
  name: 'export_status',
  description: 'One row for each run of the export that did not fail.',
  key: ['run_id'],
  columns: [
    requiredString('run_id', 'The run; a document of the same name is in Firestore under exports/.'),
    timestamp('started_at', 'When the run began.'),
    timestamp('finished_at', 'When all its rows were in BigQuery.'),
    string('outcome', 'complete, or out-of-time where the next run goes on.'),
    timestamp('watermark', 'Latest updated_at that the export has moved so far.'),
    int('images', 'Rows moved to images.'),
    int('customer_stats', 'Rows moved to customer_stats.'),
    int('customers', 'Rows moved to customers.'),
    int(
      'lag_seconds',
      'Every change made longer than this before finished_at is in BigQuery, in seconds; null where the run could not tell.',
    ),
    timestamp('last_reconciled_at', 'When counters were last recounted from the records.'),
    int('last_recount_differences', "Customers' days that differed in that recount, before they were repaired."),
  ],
}

/** Every table, in the order in which they are created. */
export const TABLES = [CUSTOMERS, IMAGES, CUSTOMER_STATS, EXPORT_STATUS] as const
