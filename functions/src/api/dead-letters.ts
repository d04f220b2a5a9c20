/** What an admin does with Kafka's dead letters: which there are, and sending them to their topic once more. bridge/land.ts writes them. */
import { KafkaFault, type KafkaClient, type KafkaRecord, type Producer } from '../bridge/kafka.ts'
import { deadLetterTopic } from '../bridge/land.ts'
import { ORIGIN_HEADER } from '../bridge/parse.ts'
import { bridgePath } from '../bridge/status.ts'
import type { LetterFates } from '../contract/admin.ts'
import { SERVER_TIME, type DocumentStore } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { dateIn } from '../ledger/reporting-zone.ts'
import { letterOf, type DeadLetter } from './dead-letter.ts'

/** What is not named selects all. */
export interface LetterSelection {
  readonly reason?: DeadLetter['reason'] | undefined
  readonly customer?: string | undefined
  /** Days on which they became dead letters, in the reporting time zone: inclusive, YYYY-MM-DD. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** The one that stands here. */
  readonly at?: { readonly partition: number; readonly offset: number } | undefined
  /** Of a list: the newest so many. Of a replay: so many that can be, as they come. */
  readonly limit?: number | undefined
  /** Of a replay: those too that were replayed already. */
  readonly again?: boolean | undefined
}

export interface DeadLetters {
  readonly kafka: Pick<KafkaClient, 'readAll' | 'produce'>
  readonly store: Pick<DocumentStore, 'get' | 'transact'>
  /** The bridge's: nothing is sent to any other. */
  readonly topic: string
  readonly group: string
  readonly reportingTimeZone: string
  /** How long it is known that a letter was replayed: as long as an image is known. */
  readonly recordDays: number
  /** After each letter that was looked at for a replay. */
  progress?(counts: ReplayCounts): void
  /** Asked before each letter: whether to leave the rest. */
  readonly outOfTime?: () => boolean
}

/** For each reason, of all that match. */
export type LetterSummary = ReadonlyMap<
  DeadLetter['reason'],
  { readonly letters: number; readonly bytes: number; readonly replayed: number }
>

export interface ReplayCounts extends LetterFates {
  /** Those that were looked at: beyond the limit none is. */
  readonly matching: number
}

/** False where time was up before all were read. */
export interface Complete {
  readonly complete: boolean
}

/** Looked up side by side. */
const PAGE = 50

const replayPath = (topic: string, { partition, offset }: Pick<DeadLetter, 'partition' | 'offset'>) =>
  `${bridgePath(topic)}/replays/${partition}-${offset}`

/**
 * Reads all dead letters and holds no bytes of them. Visits each that matches as it comes, in the order of its partition; with a limit the newest
 * ones, the newest last, once all are read. Throws a KafkaFault.
 */
export async function listDeadLetters(
  deps: DeadLetters,
  selection: LetterSelection,
  visit: (letter: DeadLetter) => void,
): Promise<Complete & { readonly summary: LetterSummary }> {
  const { limit } = selection
  const summary = new Map<DeadLetter['reason'], { letters: number; bytes: number; replayed: number }>()
  let newest: readonly DeadLetter[] = []
  const complete = await forEachLookedUp(deps, selection, (letters) => {
    for (const { reason, bytes, replayed } of letters) {
      const sum = summary.get(reason) ?? { letters: 0, bytes: 0, replayed: 0 }
      summary.set(reason, {
        letters: sum.letters + 1,
        bytes: sum.bytes + bytes,
        replayed: sum.replayed + (replayed === null ? 0 : 1),
      })
    }
    if (limit === undefined) letters.forEach(visit)
    else newest = [...newest, ...letters].sort(byAge).slice(-limit)
  })
  newest.forEach(visit)
  return { summary, complete }
}

const byAge = (a: DeadLetter, b: DeadLetter) => a.at - b.at || a.partition - b.partition || a.offset - b.offset

/** Counts what {@link replayDeadLetters} would do. Throws a KafkaFault. */
export async function planReplay(deps: DeadLetters, selection: LetterSelection): Promise<ReplayCounts & Complete> {
  const counts = { ...NONE }
  const complete = await forEachLookedUp(deps, selection, (letters) => {
    for (const letter of letters) {
      if (counts.replayable === selection.limit) return
      counts.matching++
      counts[fateOf(letter, deps, selection)]++
      deps.progress?.({ ...counts })
    }
  })
  return { ...counts, complete }
}

/**
 * Sends each letter that can be to the topic it came from, as it came, and then writes down that it has: one after the other, so that the order of
 * each partition stays. One that was stopped half-way may be started again: it goes on with the rest. Where an answer is lost a letter is sent
 * twice, which makes no second image. Throws a KafkaFault, or what Firestore throws.
 */
export async function replayDeadLetters(
  deps: DeadLetters,
  selection: LetterSelection,
  by: string,
): Promise<ReplayCounts & Complete> {
  const counts = { ...NONE }
  const producer = await deps.kafka.produce()
  try {
    const complete = await forEach(deps, selection, async (letter, record) => {
      if (counts.replayable === selection.limit) return
      const fate = fateOf(await lookedUp(deps, letter), deps, selection)
      counts[fate === 'replayable' ? await replay(deps, producer, letter, record, by) : fate]++
      counts.matching++
      deps.progress?.({ ...counts })
    })
    return { ...counts, complete }
  } finally {
    await producer.close()
  }
}

const NONE: ReplayCounts = {
  matching: 0,
  replayable: 0,
  already: 0,
  leftOut: 0,
  idConflict: 0,
  notOurs: 0,
  otherTopic: 0,
  tooLarge: 0,
}

function fateOf(
  { reason, from, replayed, leftOut }: DeadLetter,
  { topic }: Pick<DeadLetters, 'topic'>,
  { again = false }: LetterSelection,
): keyof LetterFates {
  if (from === null) return 'notOurs'
  if (from.topic !== topic) return 'otherTopic'
  if (leftOut) return 'leftOut'
  if (reason === 'id-conflict') return 'idConflict'
  return replayed !== null && !again ? 'already' : 'replayable'
}

async function replay(
  { store, topic, recordDays }: DeadLetters,
  producer: Pick<Producer, 'send'>,
  letter: DeadLetter,
  { key, value, headers }: KafkaRecord,
  by: string,
): Promise<keyof LetterFates> {
  // The origin stays: without a ce_id it is the record's identity, however often it is replayed.
  const own = Object.entries(headers).filter(([name]) => name === ORIGIN_HEADER || !/^darkroom_/i.test(name))
  try {
    await producer.send(topic, [{ key, value, headers: Object.fromEntries(own) }])
  } catch (error) {
    // With the origin it is larger than it was; the others must not wait for it.
    if (error instanceof KafkaFault && error.code === 'too-large') return 'tooLarge'
    throw error
  }
  const { reason, origin } = letter
  const path = replayPath(topic, letter)
  await store.transact(async (transaction) => {
    await transaction.get(path)
    const expireAt = transaction.readTime().plusDays(recordDays)
    transaction.set(path, { at: SERVER_TIME, by, reason, origin, expireAt })
  })
  return 'replayable'
}

async function forEachLookedUp(
  deps: DeadLetters,
  selection: LetterSelection,
  visit: (letters: readonly DeadLetter[]) => void,
): Promise<boolean> {
  const page: DeadLetter[] = []
  const flush = async () => visit(await Promise.all(page.splice(0).map((letter) => lookedUp(deps, letter))))
  const complete = await forEach(deps, selection, async (letter) => {
    if (page.push(letter) === PAGE) await flush()
  })
  await flush()
  return complete
}

/** With what is known of its replays. */
async function lookedUp({ store, topic }: DeadLetters, letter: DeadLetter): Promise<DeadLetter> {
  const found = await store.get(replayPath(topic, letter))
  // A topic that was made anew has other letters at the same places.
  if (found === null || found['origin'] !== letter.origin) return letter
  return { ...letter, replayed: { at: found['at'] as Instant, by: found['by'] as string } }
}

/** Each that matches, once, in the order of its partition. False: time was up before all were read. */
async function forEach(
  { kafka, topic, group, reportingTimeZone, outOfTime = () => false }: DeadLetters,
  selection: LetterSelection,
  handle: (letter: DeadLetter, record: KafkaRecord) => Promise<void>,
): Promise<boolean> {
  const last = new Map<number, number>()
  let stopped: { readonly error: unknown } | null = null
  try {
    await kafka.readAll(deadLetterTopic(topic), `${group}-dlq`, async (record) => {
      // A client may read again what it has given already: after it was stopped here, or where its group was shared out anew.
      if (stopped !== null) throw stopped.error
      if (record.offset <= (last.get(record.partition) ?? -1)) return
      try {
        if (outOfTime()) throw OUT_OF_TIME
        const letter = letterOf(record)
        if (matches(letter, selection, reportingTimeZone)) {
          await handle(letter, record)
          if (selection.at !== undefined) throw FOUND
        }
      } catch (error) {
        stopped = { error }
        throw error
      }
      last.set(record.partition, record.offset)
    })
    return true
  } catch (error) {
    // A client makes a fault of Kafka's of whatever is thrown in it.
    const reason = stopped === null ? error : (stopped as { readonly error: unknown }).error
    if (reason === FOUND) return true
    if (reason === OUT_OF_TIME) return false
    throw reason
  }
}

/** Thrown in a client, which has no other way to be stopped. */
const FOUND = new Error('the one that was looked for is found')
const OUT_OF_TIME = new Error('time is up')

function matches(letter: DeadLetter, { reason, customer, from, to, at }: LetterSelection, timeZone: string): boolean {
  if (at !== undefined && (at.partition !== letter.partition || at.offset !== letter.offset)) return false
  if (reason !== undefined && reason !== letter.reason) return false
  if (customer !== undefined && customer !== letter.customer) return false
  if (from === undefined && to === undefined) return true
  const date = dateOf(letter.at, timeZone)
  return date !== null && (from === undefined || date >= from) && (to === undefined || date <= to)
}

/** Null where it is no time: whoever writes a record sets it. */
function dateOf(millis: number, timeZone: string): string | null {
  return Number.isNaN(new Date(millis).getTime()) ? null : dateIn(timeZone, Instant.ofMillis(millis))
}
