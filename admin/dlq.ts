import { userInfo } from 'node:os'
import { printable, type DeadLetter } from '../functions/src/api/dead-letter.ts'
import {
  listDeadLetters,
  planReplay,
  replayDeadLetters,
  type DeadLetters,
  type LetterSelection,
  type LetterSummary,
  type ReplayCounts,
} from '../functions/src/api/dead-letters.ts'
import { REFUSALS } from '../functions/src/bridge/refusals.ts'
import { LETTER_REASONS } from '../functions/src/contract/admin.ts'
import { assertConnectable } from '../functions/src/config/kafka-settings.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { KafkajsClient } from '../functions/src/platform/kafka.ts'
import { print, UsageError, type Command, type Options } from './command.ts'
import { ProgressLine } from './terminal.ts'

/** Of a list, where nothing else is asked for. */
const SHOWN = 100
const CELL = 40

export const dlq: Command = {
  help: `  dlq list                       shows Kafka's dead letters, the newest last, and how many there are for each reason
    --reason R                   of one reason, such as not-an-image; not-ours: somebody else wrote it
    --customer C                 of one customer
    --from DAY --to DAY          those that became dead letters on these days (YYYY-MM-DD)
    --at P:O                     the one at this partition and offset of {topic}.dlq
    --limit N                    the newest N (${SHOWN})
    --json                       one line of JSON for each, and no more than that
  dlq replay                     shows how many could be sent to their topic once more; with --start does it. They are sent as they came, so one
                                 whose reason still holds becomes a dead letter again: mend it first (a setting, a missing object). Those of
                                 id-conflict are left out: their id is taken for good, and the sender has to send them under another
    --reason --customer --from --to --at
                                 those alone, as above
    --limit N                    the first N that can be
    --again                      those too that were replayed already
    --start                      starts: what is sent is written down, and no later start sends it again
`,
  changes: ([action], { start }) => action === 'replay' && start,
  async run([action = ''], options) {
    if (action !== 'list' && action !== 'replay') {
      throw new UsageError(`dlq ${JSON.stringify(action)}: expected list or replay`)
    }
    const selection = selectionOf(options)
    const { kafka, reportingTimeZone, recordDays } = parseSettings(process.env)
    assertConnectable(kafka)
    await using store = new FirestoreStore()
    const { topic, group } = kafka
    const deps: DeadLetters = { kafka: new KafkajsClient(kafka), store, topic, group, reportingTimeZone, recordDays }
    await (action === 'list' ? list(deps, selection, options) : replay(deps, selection, options))
    return 0
  },
}

/** Throws a UsageError. */
function selectionOf({ reason, customer, from, to, at, limit, again }: Options): LetterSelection {
  const known = LETTER_REASONS.find((each) => each === reason)
  if (reason !== undefined && known === undefined) {
    throw new UsageError(
      `dlq: there is no reason ${JSON.stringify(reason)}: expected one of ${LETTER_REASONS.join(', ')}`,
    )
  }
  for (const day of [from, to]) {
    if (day !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))))
      throw new UsageError(`dlq: the day ${JSON.stringify(day)}: expected YYYY-MM-DD`)
  }
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(at ?? '') ?? []
  if (at !== undefined && offset === undefined) {
    throw new UsageError(`dlq: --at ${JSON.stringify(at)}: expected PARTITION:OFFSET, as the list shows it`)
  }
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new UsageError(`dlq: --limit ${JSON.stringify(limit)}: expected a whole number from 1`)
  }
  return {
    reason: known,
    customer,
    from,
    to,
    at: offset === undefined ? undefined : { partition: Number(partition), offset: Number(offset) },
    limit: limit === undefined ? undefined : Number(limit),
    again,
  }
}

async function list(deps: DeadLetters, selection: LetterSelection, { json }: Options): Promise<void> {
  const { limit = SHOWN } = selection
  const letters: DeadLetter[] = []
  const { summary } = await listDeadLetters(deps, { ...selection, limit }, (letter) => void letters.push(letter))
  if (json) {
    for (const letter of letters) print(printable(JSON.stringify({ ...letter, at: timeOf(letter.at) })))
    return
  }
  if (letters.length > 0) printTable(letters)
  printSummary(summary, letters.length)
}

async function replay(deps: DeadLetters, selection: LetterSelection, { start }: Options): Promise<void> {
  const line = new ProgressLine()
  const progress = ({ matching, replayable }: ReplayCounts) =>
    line.show(`${matching} dead letters looked at${start ? `, ${replayable} sent` : ''}`)
  const telling = { ...deps, progress }
  const counts = start
    ? await replayDeadLetters(telling, selection, userInfo().username)
    : await planReplay(telling, selection)
  line.end()
  print(`${counts.matching} dead letters match`)
  printCounts(counts, start ? `were sent to ${deps.topic}` : 'can be replayed')
  if (!start && counts.replayable > 0) print('nothing was sent; add --start to start')
}

function printCounts(counts: ReplayCounts, what: string): void {
  const lines = [
    [counts.already, 'were replayed already; --again sends them again'],
    [counts.leftOut, 'were too large to be kept here with their bytes: the sender has to send them again'],
    [counts.idConflict, 'have the id of an earlier record (id-conflict): the sender has to send them under another'],
    [counts.notOurs, 'are not ours: somebody else wrote them (not-ours)'],
    [counts.otherTopic, 'come from another topic than KAFKA_TOPIC'],
    [counts.tooLarge, 'are larger than the topic takes: raise its max.message.bytes'],
  ] as const
  print(`${String(counts.replayable).padStart(8)} ${what}`)
  for (const [count, meaning] of lines) if (count > 0) print(`${String(count).padStart(8)} ${meaning}`)
}

function printTable(letters: readonly DeadLetter[]): void {
  const rows = letters.map(({ partition, offset, at, reason, customer, id, from, bytes, replayed, detail }) => [
    `${partition}:${offset}`,
    timeOf(at) ?? '',
    reason,
    cell(customer ?? ''),
    cell(id ?? ''),
    from === null ? '' : cell(`${from.topic} ${from.partition}:${from.offset}`),
    String(bytes),
    replayed === null ? '' : (timeOf(replayed.at.toMillis()) ?? ''),
    printable(detail),
  ])
  const table = [['at', 'since', 'reason', 'customer', 'id', 'from', 'bytes', 'replayed', 'detail'], ...rows]
  const widths = (table[0] ?? []).map((name, column) =>
    // The last has nothing to stand in line with.
    name === 'detail' ? 0 : Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')
  for (const row of table) print(line(row).trimEnd())
  print('')
}

function printSummary(summary: LetterSummary, shown: number): void {
  const rows = [...summary].sort(([, a], [, b]) => b.letters - a.letters)
  const all = rows.reduce((sum, [, { letters }]) => sum + letters, 0)
  print(`${all} dead letters${all > shown ? `, of which the newest ${shown} are shown; --limit N shows more` : ''}`)
  for (const [reason, { letters, replayed }] of rows) {
    const meaning = reason === 'not-ours' ? 'somebody else wrote them' : REFUSALS[reason]
    print(`${String(letters).padStart(8)} ${reason}: ${meaning}${replayed > 0 ? `; ${replayed} were replayed` : ''}`)
  }
}

function cell(text: string): string {
  const fit = printable(text)
  return fit.length > CELL ? `${fit.slice(0, CELL)}…` : fit
}

/** UTC, to the second; null where it is no time. */
function timeOf(millis: number): string | null {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
