/**
 * The alarms, as data: when, what it means and what to do. docs/operations.md shows the same sentences, which a test holds equal. Thresholds that somebody changes in the
 * console are changed back: they belong here, or into a setting.
 */
import type { Settings } from '../functions/src/config/settings.ts'
import type { FunctionName } from './accounts.ts'
import { serviceOf } from './iam-holders.ts'
import {
  increase,
  levelAbove,
  moreThan,
  p99Above,
  promql,
  series,
  silent,
  userMetric,
  type Condition,
  type MonitoredResource,
} from './monitoring-conditions.ts'

export interface Alarm {
  /** For ever: by it the alarm is found again in Cloud Monitoring (user label `darkroom`), and in docs/operations.md. */
  readonly id: string
  readonly title: string
  /** CRITICAL: wake somebody. ERROR: today. WARNING: look at it. */
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING'
  readonly conditions: readonly [Condition, ...Condition[]]
  readonly means: string
  /** One sentence after the other, in the order in which to do it. */
  readonly todo: string
  /** Only where there is a bridge. */
  readonly kafka?: true
}

const REQUESTS = 'run.googleapis.com/request_count'
const services = (...names: readonly FunctionName[]) =>
  `one_of(${names.map((name) => JSON.stringify(serviceOf(name))).join(',')})`
const failing = (...names: readonly FunctionName[]) =>
  ` AND resource.labels.service_name=${services(...names)} AND metric.labels.response_code_class="5xx"`

const images = userMetric('darkroom_images')
/** What a customer's file can't bring about. */
const OURS = ',outcome=~"processor-failed|processor-timeout|attempts-exhausted|record-rejected|object-gone"'
const imagesIn = (within: number, more = '') => increase(series(images, 'cloud_run_revision', more), within)
const requestsIn = (within: number, more = '') =>
  increase(series(REQUESTS, 'cloud_run_revision', `,service_name="${serviceOf('processImage')}"${more}`), within)

/** The mean of what bridges told in ten minutes, so many minutes ago. */
function meanLag(resource: MonitoredResource, minutesAgo: number): string {
  const of = series(`${userMetric('darkroom_bridge_lag')}_NAME`, resource)
  const total = (name: string) => `sum(increase(${of.replace('_NAME', name)}[10m] offset ${minutesAgo}m))`
  return `${total('_sum')} / ${total('_count')}`
}

type Of = Pick<Settings, 'alerts' | 'kafka' | 'workSeconds'>

/** All alarms, in the order of docs/operations.md. Those of Kafka are left out where there is no bridge. */
export function alarmsOf(settings: Of): readonly Alarm[] {
  const { alerts, kafka, workSeconds } = settings
  const bridge = kafka.run === 'worker' ? 'cloud_run_worker_pool' : 'cloud_run_revision'
  const all: readonly Alarm[] = [
    {
      id: 'figures-differ',
      title: 'Firestore and BigQuery disagree',
      severity: 'CRITICAL',
      conditions: [moreThan(0, userMetric('darkroom_figures_differ'), 5, 'figures differ')],
      means: 'A day that has been exported has other figures in BigQuery than in Firestore: a report may be wrong.',
      todo: '`npm run admin -- verify --from DAY --to DAY` says which cells, from the log line `figures differ`. If the export is late, wait for it and verify again. If it stays, `npm run admin -- explain IMAGE` of one image shows where it is missing; tell BI which days not to use.',
    },
    {
      id: 'key-twice',
      title: 'BigQuery has a row twice',
      severity: 'CRITICAL',
      conditions: [moreThan(0, userMetric('darkroom_keys_twice'), 5, 'a key twice')],
      means:
        'A table has two rows of one key: sums over it are too high. No run of the export can bring that about; somebody has written to the table, or two exporters have run.',
      todo: 'The log line names the table. Look in BigQuery’s job history for who else has written to it and stop that. Then delete the older row of each key by hand, by `revision`.',
    },
    {
      id: 'counters-differ',
      title: 'Counters were not what the records say',
      severity: 'ERROR',
      conditions: [moreThan(0, userMetric('darkroom_counters_differ'), 5, 'counters differ')],
      means:
        'Recount has found a customer’s day whose counters did not follow from its records, and has repaired it. By construction that can’t happen: somebody wrote by hand, or there is a defect.',
      todo: '`reconciliations/` in Firestore has what was repaired. `npm run admin -- audit` and Firestore’s audit log say who wrote. Nobody did: keep the records of that day and file a defect.',
    },
    {
      id: 'images-lost',
      title: 'Images were lost in Kafka',
      severity: 'CRITICAL',
      kafka: true,
      conditions: [moreThan(0, userMetric('darkroom_images_lost'), 5, 'images lost', { resource: bridge })],
      means: 'The topic removed records before the bridge had read them. Those images are gone.',
      todo: 'The log line has topic, partition and offsets: tell the sender, who can send them again under the same `ce_id`. Raise the topic’s `retention.ms`, then find out why the bridge stood.',
    },
    {
      id: 'partition-stopped',
      title: 'A partition has stopped',
      severity: 'CRITICAL',
      kafka: true,
      conditions: [moreThan(0, userMetric('darkroom_partitions_stopped'), 5, 'stopped', { resource: bridge })],
      means:
        'What stands at a partition’s next offset can’t be read, so that nothing behind it is. The other partitions go on.',
      todo: 'See `a partition has stopped` under By hand: raise KAFKA_MEMORY_BYTES if it is only large, else set the group’s offset past it and tell the sender.',
    },
    {
      id: 'images-stuck',
      title: 'Images are not done and expire soon',
      severity: 'CRITICAL',
      conditions: [moreThan(0, userMetric('darkroom_images_stuck'), 10, 'images stuck')],
      means:
        'In three days or less the raw object of an image that is not done is deleted. The customer would get nothing.',
      todo: '`npm run admin -- explain IMAGE` shows what each attempt came to. If processing is paused, resume it. If redrive stands, look at its queue in Cloud Tasks. To win time, raise RAW_DAYS and `npm run provision`.',
    },
    {
      id: 'bridge-silent',
      title: 'The bridge does not run',
      severity: 'CRITICAL',
      kafka: true,
      conditions: [
        silent(userMetric('darkroom_bridge_lag'), 10, 'no bridge status for 10 minutes', bridge),
        moreThan(9, userMetric('darkroom_bridge_failures'), 10, 'ten failures in 10 minutes', { resource: bridge }),
      ],
      means:
        'No bridge tells how far it is, or none gets a connection. Nothing is lost as long as the topic keeps its records.',
      todo: 'Its last log lines, and `bridges/` in Firestore, say why: password, certificate, rights, brokers. With KAFKA_RUN=worker, see whether the worker pool has an instance. Know by when: the topic’s `retention.ms`.',
    },
    {
      id: 'export-late',
      title: 'BigQuery is late',
      severity: 'ERROR',
      conditions: [
        p99Above(20 * 60, userMetric('darkroom_export_lag'), 5, 'rows more than 20 minutes late'),
        silent(userMetric('darkroom_exports'), 20, 'no export finished for 20 minutes'),
      ],
      means:
        'Rows are more than twenty minutes behind Firestore, or no run of the export has come to an end. Nothing is lost.',
      todo: 'Look at the last `export failed` and `export finished`. Failing at BigQuery: its quota, its status page, rights. Running and late: there is a back-fill or a peak, `rows` says whether it gains. No run at all: the job in Cloud Scheduler.',
    },
    {
      id: 'export-fails',
      title: 'The export fails',
      severity: 'WARNING',
      conditions: [moreThan(2, userMetric('darkroom_export_failures'), 30, 'three failures in 30 minutes')],
      means: 'Three runs within half an hour have failed. Each goes on from the last one’s checkpoint.',
      todo: 'The error of the log line `export failed` says what BigQuery or Firestore answered. A refused schema change names its column; a quota is raised in the console.',
    },
    {
      id: 'reconcile-silent',
      title: 'Nothing looks for what was missed',
      severity: 'ERROR',
      conditions: [
        silent(userMetric('darkroom_reconciles'), 30, 'no reconcile for 30 minutes'),
        silent(userMetric('darkroom_recounts'), 180, 'no recount for 3 hours'),
      ],
      means:
        'Reconcile or recount has not come to an end. Events that were missed stay missed, and nothing proves the figures meanwhile.',
      todo: 'Look at the function’s log for its last error or timeout, and at its job in Cloud Scheduler.',
    },
    {
      id: 'rollup-late',
      title: 'The admin’s page is late',
      severity: 'ERROR',
      conditions: [
        silent(userMetric('darkroom_rollups'), 15, 'no rollup for 15 minutes'),
        moreThan(29, userMetric('darkroom_rollups_left'), 60, 'half an hour of runs that left something'),
      ],
      means:
        'Rollup has not come to an end for a quarter of an hour, or does not get through with what has changed. The figures of the admin’s page stand or lag; nothing is lost, and BigQuery does not rest on them.',
      todo: 'Look at the last `rollup failed` and `rollup finished`: `left` says what it has before it. After an installation, or `npm run admin -- rollup --again`, it builds all days anew and this ends by itself. No run at all: the job in Cloud Scheduler.',
    },
    {
      id: 'rollups-differ',
      title: 'Rollups were not what the counters say',
      severity: 'ERROR',
      conditions: [moreThan(0, userMetric('darkroom_rollups_differ'), 5, 'rollups differ')],
      means:
        'Rollup has found a day whose totals or whose customers’ months did not follow from the counters, and has set them right; or a customer’s month that does not fit into a document. The admin’s page showed wrong figures.',
      todo: 'The log line names the day. Somebody has written by hand (Firestore’s audit log), or there is a defect: keep the line and file it. `npm run admin -- rollup --again` builds everything anew from the counters.',
    },
    {
      id: 'events-exceed-images',
      title: 'Many more events than images',
      severity: 'CRITICAL',
      conditions: [
        promql(`${requestsIn(60)} > 4 * ${imagesIn(60)} + 500`, 10, 'more than 4 deliveries for each image'),
      ],
      means:
        'processImage is called far more often than images come to an end: a loop (something writes to the raw bucket what it has read there), deliveries that fail again and again, or a flood of what is no image. It costs money.',
      todo: 'If the number of raw objects grows by itself: `npm run admin -- pause "loop"` first, which stops all processing within ten seconds. Then see in the log of processImage which objects come, and who writes them (audit log of the raw bucket).',
    },
    {
      id: 'images-fail',
      title: 'Images fail through no fault of their own',
      severity: 'ERROR',
      conditions: [
        promql(
          `${imagesIn(30, OURS)} > 0.05 * ${imagesIn(30)} and ${imagesIn(30, OURS)} > 9`,
          5,
          'a processor or the platform fails',
        ),
        promql(
          `${imagesIn(60, ',outcome!="processed"')} > 0.5 * ${imagesIn(60)} and ${imagesIn(60)} > 100`,
          5,
          'more than half of all images fail',
        ),
      ],
      means:
        'More than one image in twenty ends for a reason that its file can’t have, or more than half of all end badly.',
      todo: 'In the metric `darkroom_images` see which outcome. `processor-failed`, `processor-timeout`: which processor is in the log line `an image failed`; if it came with a deployment, roll back. `attempts-exhausted`: memory, see By hand. Many `unsupported-format`: one sender, tell it.',
    },
    {
      id: 'functions-fail',
      title: 'Functions fail',
      severity: 'ERROR',
      conditions: [
        moreThan(2, REQUESTS, 30, 'a scheduled function has failed three times in 30 minutes', {
          more: failing('bridgeKafka', 'rollup', 'exportToBigQuery', 'reconcile', 'recount'),
          by: ['resource.label.service_name'],
        }),
        promql(
          `${requestsIn(15, ',response_code_class="5xx"')} > 0.2 * ${requestsIn(15)} and ${requestsIn(15)} > 50`,
          5,
          'more than one delivery in five fails',
        ),
      ],
      means: 'A function throws. Events and tasks come again, so that nothing is lost for now; images wait.',
      todo: 'The newest ERROR of the function that the alarm names. `settings are wrong`: mend functions/.env.PROJECT and deploy. A permission denied: `npm run provision -- --project P --verify`. Else Google’s status page; what waits is taken up by itself.',
    },
    {
      id: 'images-wait',
      title: 'Images wait long',
      severity: 'ERROR',
      conditions: [p99Above(15 * 60_000, userMetric('darkroom_waiting_time'), 10, 'done after more than 15 minutes')],
      means: 'One image in a hundred is done more than a quarter of an hour after it has arrived.',
      todo: 'Is there a peak, more than maxInstances can take? Raise it in functions/src/index.ts. Does redrive work off a pause or a reprocess, ten at a time? Then it ends by itself.',
    },
    {
      id: 'images-slow',
      title: 'Processing is slow',
      severity: 'WARNING',
      conditions: [
        p99Above(workSeconds * 250, userMetric('darkroom_processing_time'), 15, 'more than a quarter of WORK_SECONDS'),
      ],
      means: 'One image in a hundred takes more than a quarter of the time that an image is given.',
      todo: 'Was a processor deployed, or does a customer send larger images? `durations` in the records of slow images say which step it is.',
    },
    {
      id: 'kafka-lag',
      title: 'Records wait in Kafka',
      severity: 'WARNING',
      kafka: true,
      conditions: [
        levelAbove(alerts.kafkaLag, userMetric('darkroom_bridge_lag'), 15, 'more than ALERT_KAFKA_LAG', bridge),
        promql(
          `${meanLag(bridge, 0)} > 2 * (${meanLag(bridge, 30)}) and ${meanLag(bridge, 0)} > ${alerts.kafkaLag / 10}`,
          15,
          'twice as many as half an hour ago',
        ),
      ],
      means: 'More records wait than ALERT_KAFKA_LAG, or a tenth of that and twice as many as half an hour ago.',
      todo: 'See Lag grows under By hand: does Storage refuse, or is there too much? A worker instead of the function, KAFKA_UPLOADS, more workers.',
    },
    {
      id: 'dead-letters',
      title: 'Records of Kafka are refused',
      severity: 'WARNING',
      kafka: true,
      conditions: [moreThan(0, userMetric('darkroom_dead_letters'), 10, 'dead letters', { resource: bridge })],
      means: 'A sender sends what can never be taken. It stands in `{topic}.dlq` with its reason.',
      todo: '`npm run admin -- dlq list` shows which and why; docs/kafka.md says what each reason means to the sender. If the cause was ours, `dlq replay` once it is mended.',
    },
    {
      id: 'images-per-hour',
      title: 'More images than expected',
      severity: 'WARNING',
      conditions: [moreThan(alerts.imagesPerHour, images, 60, 'more than ALERT_IMAGES_PER_HOUR')],
      means: 'More images have ended within an hour than ALERT_IMAGES_PER_HOUR: the day will cost more than planned.',
      todo: 'Which customer: metric `darkroom_customer_images`, or the admin’s page. Wanted: raise the setting and provision. Not wanted: `npm run admin -- quota CUSTOMER N`, or `pause` for all.',
    },
    {
      id: 'paused',
      title: 'Processing has been paused for an hour',
      severity: 'WARNING',
      conditions: [moreThan(0, userMetric('darkroom_paused'), 10, 'paused for an hour', { lasting: 60 })],
      means:
        'Somebody has paused processing, and things wait for its end. Raw images are deleted after RAW_DAYS, and records in Kafka by the topic’s retention.',
      todo: '`npm run admin -- pause --show` says who, why, and when what waits is lost; `resume` ends it.',
    },
  ]
  return all.filter(({ kafka: ofBridge }) => ofBridge !== true || kafka.brokers.length > 0)
}

/** In docs/operations.md. */
export const anchorOf = ({ id }: Pick<Alarm, 'id'>) => `alarm-${id}`
