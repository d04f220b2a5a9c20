/** What the page says of runs, counts and the audit log; pure. */
import type { AuditEntry } from '../../../../functions/src/contract/admin.ts'
import { disagreeing, type DayCounts, type Run } from '../../../../functions/src/contract/runs.ts'
import { duration, inWords } from '../pieces/format.ts'
import { number } from '../../pieces/format.ts'
import type { RunState } from './verdict.ts'

export const STATES: Readonly<Record<RunState, string>> = {
  running: 'At work',
  done: 'Done',
  failed: 'Failed',
  'broken-off': 'Broken off',
}

/** Such as "rows 1,200, pages 3". */
export const countsText = ({ counts }: Pick<Run<Date>, 'counts'>, locale?: string) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${number(count, locale)}`)
    .join(', ')

/** Such as "19 done, 1 failed". */
export function summary(states: readonly RunState[]): string {
  const counted = (Object.keys(STATES) as RunState[]).map((state) => [
    STATES[state].toLowerCase(),
    states.filter((each) => each === state).length,
  ])
  return counted
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

/** A duration in whole minutes. */
export const minutes = (milliseconds: number, locale?: string) =>
  duration(Math.max(1, Math.floor(milliseconds / 60_000)) * 60_000, locale)

/** A duration of something that changes while it is read: in whole seconds, from two minutes on in whole minutes. */
export const roughly = (milliseconds: number, locale?: string) =>
  milliseconds < 120_000 ? duration(Math.ceil(milliseconds / 1000) * 1000, locale) : minutes(milliseconds, locale)

/** From now to a moment: "in 3 min", "now". */
export const until = (moment: Date, now: Date, locale?: string) =>
  moment.getTime() <= now.getTime() ? 'now' : `in ${roughly(moment.getTime() - now.getTime(), locale)}`

/** "3 min ago"; the clocks of two machines differ by a little. */
export const ago = (moment: Date, now: Date, locale?: string) =>
  moment.getTime() >= now.getTime() ? 'just now' : `${roughly(now.getTime() - moment.getTime(), locale)} ago`

/** "every 5 min" */
export const every = (seconds: number, locale?: string) => `every ${duration(seconds * 1000, locale)}`

export interface Comparison {
  /** `open`: there is nothing to be said, or not yet. */
  readonly state: 'agree' | 'differ' | 'open'
  readonly text: string
}

/** What a day's three counts say of each other. */
export function comparisonOf(counts: DayCounts<Date>, locale?: string): Comparison {
  const { records, counters, bigQuery, sealed, recent, erasing } = counts
  const base = sealed ? { name: 'counters', images: counters } : { name: 'records', images: records }
  const against = (images: number) => {
    const count = number(Math.abs(images - base.images), locale)
    return `${count} ${images > base.images ? 'more' : 'fewer'} than ${base.name}`
  }
  const differing = disagreeing(counts)
  const differences = [
    ...(differing.includes('counters') ? [`Counters have ${against(counters)}`] : []),
    ...(differing.includes('bigQuery') ? [`BigQuery has ${against(bigQuery ?? 0)}`] : []),
  ]
  if (differences.length > 0) return { state: 'differ', text: `${differences.join('. ')}.` }
  if (erasing) return { state: 'open', text: 'A customer’s data was being deleted just then: count again.' }
  if (bigQuery === null) return { state: 'open', text: 'BigQuery could not be asked.' }
  if (bigQuery !== base.images)
    return { state: 'open', text: 'Changed within the ten minutes before: BigQuery need not know yet.' }
  if (recent) return { state: 'agree', text: 'Agree, though there were changes just before.' }
  return { state: 'agree', text: sealed ? 'Counters and BigQuery agree. Records have expired.' : 'Agree.' }
}

/** How an entry of the audit log ended. */
export function resultOf({ state, result, error }: Pick<AuditEntry<Date>, 'state' | 'result' | 'error'>): string {
  if (state === 'started') return 'Begun'
  if (state === 'done') return 'Done'
  return error ?? (result === null ? 'Failed' : `Failed (${result})`)
}

/** What an operation has counted: `{ rawExpired: 3 }` as "raw expired 3". */
export const progressOf = ({ progress }: Pick<AuditEntry<Date>, 'progress'>, locale?: string) =>
  Object.entries(progress ?? {})
    .map(([name, count]) => `${inWords(name)} ${number(count, locale)}`)
    .join(', ')

/** Entries that have all words of a text in who, what, arguments or result, in whatever case. */
export function matching<Entry extends AuditEntry<Date>>(entries: readonly Entry[], text: string): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return entries
  return entries.filter((entry) => {
    const all = [entry.by, entry.command, ...entry.arguments, resultOf(entry)].join('\n').toLowerCase()
    return words.every((word) => all.includes(word))
  })
}
