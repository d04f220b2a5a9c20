/** What an admin does with Kafka's dead letters: which there are, and sending them to their topic once more. bridge/land.ts writes them. */
import { KafkaFault, type KafkaClient, type KafkaRecord, type Producer } from '../bridge/kafka.ts'
import { deadLetterTopic } from '../bridge/land.ts'
import { ORIGIN_HEADER } from '../bridge/parse.ts'
import { bridgePath } from '../bridge/status.ts'
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
}

/** For each reason, of all that match. */
export type LetterSummary = ReadonlyMap<
  DeadLetter['reason'],
  { readonly letters: number; readonly bytes: number; readonly replayed: number }
>

/** What becomes of a letter in a replay. */
interface Fates {
  /** Can be replayed; or, after a start, are. */
  readonly replayable: number
  /** Were replayed before. */
  readonly already: number
  /** Their bytes are not there. */
  readonly leftOut: number
  /** Another record has taken their id, and always will have. */
  readonly idConflict: number
  /** Somebody else wrote them. */
  readonly notOurs: number
  /** They say that they come from another topic. */
  readonly otherTopic: number
  /** Only after a start: the topic takes none of that size. */
  readonly tooLarge: number
}

export interface ReplayCounts extends Fates {
  /** Those that were looked at: beyond the limit none is. */
  readonly matching: number
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
): Promise<LetterSummary> {
  const { limit } = selection
  const summary = new Map<DeadLetter['reason'], { letters: number; bytes: number; replayed: number }>()
  let newest: readonly DeadLetter[] = []
  await forEachLookedUp(deps, selection, (letters) => {
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
  return summary
}

const byAge = (a: DeadLetter, b: DeadLetter) => a.at - b.at || a.partition - b.partition || a.offset - b.offset

/** Counts what {@link replayDeadLetters} would do. Throws a KafkaFault. */
export async function planReplay(deps: DeadLetters, selection: LetterSelection): Promise<ReplayCounts> {
  const counts = { ...NONE }
  await forEachLookedUp(deps, selection, (letters) => {
    for (const letter of letters) {
      if (counts.replayable === selection.limit) return
      counts.matching++
      counts[fateOf(letter, deps, selection)]++
      deps.progress?.({ ...counts })
    }
  })
  return counts
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
): Promise<ReplayCounts> {
  const counts = { ...NONE }
  const producer = await deps.kafka.produce()
  try {
    await forEach(deps, selection, async (letter, record) => {
      if (counts.replayable === selection.limit) return
      const fate = fateOf(await lookedUp(deps, letter), deps, selection)
      counts[fate === 'replayable' ? await replay(deps, producer, letter, record, by) : fate]++
      counts.matching++
      deps.progress?.({ ...counts })
    })
  } finally {
    await producer.close()
  }
  return counts
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
): keyof Fates {
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
): Promise<keyof Fates> {
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
): Promise<void> {
  const page: DeadLetter[] = []
  const flush = async () => visit(await Promise.all(page.splice(0).map((letter) => lookedUp(deps, letter))))
  await forEach(deps, selection, async (letter) => {
    if (page.push(letter) === PAGE) await flush()
  })
  await flush()
}

/** With what is known of its replays. */
async function lookedUp({ store, topic }: DeadLetters, letter: DeadLetter): Promise<DeadLetter> {
  const found = await store.get(replayPath(topic, letter))
  // A topic that was made anew has other letters at the same places.
  if (found === null || found['origin'] !== letter.origin) return letter
  return { ...letter, replayed: { at: found['at'] as Instant, by: found['by'] as string } }
}

/** Each that matches, once, in the order of its partition. */
async function forEach(
  { kafka, topic, group, reportingTimeZone }: DeadLetters,
  selection: LetterSelection,
  handle: (letter: DeadLetter, record: KafkaRecord) => Promise<void>,
): Promise<void> {
  const last = new Map<number, number>()
  let failed: { readonly error: unknown } | null = null
  try {
    await kafka.readAll(deadLetterTopic(topic), `${group}-dlq`, async (record) => {
      // A client may read again what it has given already: after a failure here, or where its group was shared out anew.
      if (failed !== null) throw failed.error
      if (record.offset <= (last.get(record.partition) ?? -1)) return
      try {
        const letter = letterOf(record)
        if (matches(letter, selection, reportingTimeZone)) await handle(letter, record)
      } catch (error) {
        failed = { error }
        throw error
      }
      last.set(record.partition, record.offset)
    })
  } catch (error) {
    // A client makes a fault of Kafka's of whatever is thrown in it.
    throw (failed as { readonly error: unknown } | null)?.error ?? error
  }
}

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
