/** Is anything wrong? By all that the page knows of; pure. */
import type { RetentionAnswer } from '../../../../functions/src/contract/admin.ts'
import {
  disagreeing,
  SCHEDULED,
  type DayCounts,
  type Run,
  type Runs,
  type Schedule,
  type Scheduled,
} from '../../../../functions/src/contract/runs.ts'
import type { BridgeStatus, ExportRun, Pause, Recounted } from '../backend.ts'
import { dateTime } from '../pieces/format.ts'
import { day, number } from '../../pieces/format.ts'
import { minutes } from './words.ts'

export const NAMES: Readonly<Record<Scheduled, string>> = {
  bridgeKafka: 'Kafka bridge',
  rollup: 'Rollup',
  exportToBigQuery: 'Export to BigQuery',
  reconcile: 'Reconcile',
  recount: 'Recount',
}

export type RunState = 'running' | 'done' | 'failed' | 'broken-off'

export function stateOf(run: Run<Date>, { timeoutSeconds }: Pick<Schedule, 'timeoutSeconds'>, now: Date): RunState {
  if (run.endedAt !== null) return run.error === null ? 'done' : 'failed'
  // The platform ends it then, and may take a moment.
  return now.getTime() - run.startedAt.getTime() > (timeoutSeconds + 30) * 1000 ? 'broken-off' : 'running'
}

/** The newest run that has come to an end, whichever. */
export const lastEnded = (runs: Runs<Date>, now: Date): Run<Date> | null =>
  runs.last.find((run) => stateOf(run, runs, now) !== 'running') ?? null

/** When the next run is due; null while one is at work, which may last beyond that. */
export function nextRun(runs: Runs<Date>, now: Date): Date | null {
  const [newest] = runs.last
  if (newest === undefined || stateOf(newest, runs, now) === 'running') return null
  return new Date(newest.startedAt.getTime() + runs.everySeconds * 1000)
}

/** One that was left out, and some time to start, are no reason to worry. Milliseconds since the last run began; null: it is not overdue. */
export function overdueFor(runs: Runs<Date>, now: Date): number | null {
  const next = nextRun(runs, now)
  if (next === null || now.getTime() - next.getTime() <= (runs.everySeconds + 60) * 1000) return null
  return now.getTime() - (runs.last[0]?.startedAt.getTime() ?? 0)
}

/**
 * By how much BigQuery is behind Firestore at most, in milliseconds; null: no export has said yet. A run knows up to which moment it has
 * moved everything; where nothing has changed since, nothing is missing.
 */
export function behind(exports: readonly ExportRun[], newestChange: Date | null, now: Date): number | null {
  const told = exports.filter(({ lagSeconds }) => lagSeconds !== null)
  const movedUpTo = told.map(({ finishedAt, lagSeconds }) => finishedAt.getTime() - (lagSeconds ?? 0) * 1000)
  if (movedUpTo.length === 0) return newestChange === null ? 0 : null
  const watermarks = exports.map(({ watermark }) => watermark?.getTime() ?? 0)
  if (newestChange === null || newestChange.getTime() <= Math.max(...movedUpTo, ...watermarks)) return 0
  return Math.max(0, now.getTime() - Math.max(...movedUpTo))
}

/** What the page is told; null: not known yet. */
export interface Health {
  readonly runs: readonly Runs<Date>[] | null
  readonly exports: readonly ExportRun[] | null
  /** Undefined: not known yet; null: nothing has ever changed. */
  readonly newestChange: Date | null | undefined
  /** Undefined: not known yet. */
  readonly recount: Recounted | null | undefined
  readonly bridges: readonly BridgeStatus[] | null
  /** Undefined: not known yet. */
  readonly pause: Pause | null | undefined
  readonly counts: readonly DayCounts<Date>[] | null
  readonly retention: RetentionAnswer | null
}

/** The sections of the page, by their ids. */
export type Section = 'pause' | 'schedules' | 'export' | 'counts' | 'bridge' | 'retention'
export interface Finding {
  readonly section: Section
  /** A sentence. */
  readonly text: string
}

/** As the alarms have it: export-late, bridge-silent. */
const EXPORT_LATE_MS = 20 * 60_000
const BRIDGE_SILENT_MS = 10 * 60_000

/** All that isn't well, the worst first. What is not known yet is not judged. */
export function findings(health: Health, now: Date, zone: string, locale?: string): readonly Finding[] {
  return [
    ...ofPause(health.pause ?? null, zone, locale),
    ...(health.bridges ?? []).flatMap((bridge) => ofBridge(bridge, now, locale)),
    ...(health.counts === null ? [] : ofCounts(health.counts, locale)),
    ...ofRecount(health.recount ?? null, locale),
    ...(health.runs === null ? [] : ofRuns(health.runs, now, locale)),
    ...(health.exports === null || health.newestChange === undefined
      ? []
      : ofExport(behind(health.exports, health.newestChange, now), locale)),
    ...(health.retention?.problems ?? []).map((text): Finding => ({ section: 'retention', text: `${text}.` })),
  ]
}

/** Whether everything has been looked at. */
export const isKnown = (health: Health) =>
  health.runs !== null &&
  health.exports !== null &&
  health.newestChange !== undefined &&
  health.recount !== undefined &&
  health.bridges !== null &&
  health.pause !== undefined &&
  health.counts !== null &&
  health.retention !== null

function ofPause(pause: Pause | null, zone: string, locale?: string): readonly Finding[] {
  if (pause === null) return []
  const since = pause.since === null ? '' : ` since ${dateTime(pause.since, zone, locale)}`
  const reason = pause.reason === '' ? '' : `: ${pause.reason}`
  return [{ section: 'pause', text: `All processing is paused${since}${reason}` }]
}

function ofRuns(all: readonly Runs<Date>[], now: Date, locale?: string): readonly Finding[] {
  const found = (text: string): readonly Finding[] => [{ section: 'schedules', text }]
  return SCHEDULED.flatMap((name) => {
    const runs = all.find((each) => each.name === name)
    // Where there is no Kafka there is no bridge.
    if (runs === undefined) return name === 'bridgeKafka' ? [] : found(`${NAMES[name]} has never run.`)
    const overdue = overdueFor(runs, now)
    const ended = lastEnded(runs, now)
    const state = ended === null ? null : stateOf(ended, runs, now)
    const stuck = name === 'reconcile' ? (ended?.counts['stuck'] ?? 0) : 0
    return [
      ...(overdue === null ? [] : found(`${NAMES[name]} has not run for ${minutes(overdue, locale)}.`)),
      ...(state === 'failed' ? found(`${NAMES[name]} failed when it ran last: ${ended?.error}`) : []),
      ...(stuck > 0
        ? found(
            `${number(stuck, locale)} images have not ended, and in three days or less their raw objects are deleted.`,
          )
        : []),
      ...(state === 'broken-off' ? found(`${NAMES[name]} was broken off when it ran last.`) : []),
    ]
  })
}

function ofExport(late: number | null, locale?: string): readonly Finding[] {
  if (late === null) return [{ section: 'export', text: 'No export has moved everything yet.' }]
  if (late <= EXPORT_LATE_MS) return []
  return [{ section: 'export', text: `BigQuery is ${minutes(late, locale)} behind.` }]
}

/** Days that are named in a sentence. */
const NAMED = 3

function ofCounts(counts: readonly DayCounts<Date>[], locale?: string): readonly Finding[] {
  const differing = counts.filter((each) => disagreeing(each).length > 0).toReversed()
  const named = differing.slice(0, NAMED).map(({ date }) => day(date, locale))
  const more = differing.length > NAMED ? ` and ${number(differing.length - NAMED, locale)} more` : ''
  const unasked = counts.some(({ bigQuery }) => bigQuery === null)
  return [
    ...(differing.length === 0
      ? []
      : [{ section: 'counts', text: `The counts do not agree on ${named.join('; ')}${more}.` } as const]),
    ...(unasked
      ? [{ section: 'counts', text: 'BigQuery could not be asked when days were counted last.' } as const]
      : []),
  ]
}

function ofRecount(recount: Recounted | null, locale?: string): readonly Finding[] {
  if (recount === null || recount.differing === 0) return []
  const text = `The last recount found ${number(recount.differing, locale)} customers’ days with wrong counters, and repaired ${number(recount.repaired, locale)}.`
  return [{ section: 'counts', text }]
}

function ofBridge({ topic, partitions, updatedAt }: BridgeStatus, now: Date, locale?: string): readonly Finding[] {
  const found = (text: string): readonly Finding[] => [{ section: 'bridge', text }]
  const silent = now.getTime() - updatedAt.getTime()
  return [
    ...Object.entries(partitions).flatMap(([partition, { undecodable, expired }]) => [
      ...(undecodable === null
        ? []
        : found(
            `Partition ${partition} of ${topic} has stopped at offset ${undecodable.offset}: ${undecodable.reason}`,
          )),
      ...(expired === null
        ? []
        : found(
            `Images of partition ${partition} of ${topic} are lost: the topic removed offsets ${expired.from} to ${expired.to - 1} before they were read.`,
          )),
    ]),
    ...(silent > BRIDGE_SILENT_MS
      ? found(`No bridge has told for ${minutes(silent, locale)} how far it is in ${topic}.`)
      : []),
  ]
}
