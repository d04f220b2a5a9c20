/** Waits until everything has ended and is exported, and says whether every figure agrees. */
import type { Stack } from '../stack/stack.ts'
import { compare, isTerminal, type Evidence, type Figures } from './compare.ts'
import { inParallel, sleep } from './parallel.ts'
import type { Produced } from './produce.ts'
import { sourcesOf } from './sources.ts'
import { landingsOf, type KafkaSeen } from './seed-kafka.ts'
import type { SeedResult, Uploaded } from './seed.ts'
import type { RecordSeen } from './compare.ts'

export interface Report extends Figures {
  /** Every figure agrees, and every uploaded image has ended. */
  readonly ok: boolean
  /** Since this process began. */
  readonly seconds: number
  readonly refused: number
  readonly uploaded: number
  /** Null where nothing went through Kafka. `landed`: objects in the raw bucket. */
  readonly kafka: {
    readonly produced: number
    readonly landed: number
    readonly deadLettered: number
    readonly lag: number
  } | null
}

/** What the report reads and does; sources.ts has the real ones. */
export interface Sources {
  record(uploaded: Uploaded): Promise<RecordSeen | null>
  /** All of Firestore's part at one moment. */
  firestore(): Promise<Pick<Evidence, 'records' | 'counters'>>
  /** Runs rollup once. Null where nobody does. Rejects where it fails. */
  rollups(): Promise<Evidence['rollups']>
  bigQuery(): Promise<Pick<Evidence, 'imagesTable' | 'statsTable'>>
  /** Objects that records name as results and that are not there. */
  missingResults(): Promise<readonly string[]>
  /** Where the bridge stands. */
  kafka(): Promise<KafkaSeen>
  /** Runs the export function once. Rejects where it fails. */
  runExport(): Promise<void>
}

export interface Patience {
  /** Gives up waiting for images after this long without another one ending. Seconds. */
  readonly stalledSeconds: number
  /** Gives up waiting for the export after this. Seconds. */
  readonly exportSeconds: number
  readonly pollMilliseconds: number
}

/**
 * Longer than it takes to give an image up: a lease that runs out, and reconcile's next round, three times over. A run in which
 * all is well waits for none of it.
 */
const PATIENCE: Patience = { stalledSeconds: 240, exportSeconds: 180, pollMilliseconds: 500 }

export async function report(
  stack: Stack,
  seeded: SeedResult,
  options: { readonly log: (line: string) => void },
): Promise<Report> {
  await using sources = sourcesOf(stack)
  // Without a stand-in no waiting helps.
  const patience = stack.bigQueryUrl === null ? { ...PATIENCE, exportSeconds: 0 } : PATIENCE
  return await reportOn(sources, seeded, { ...options, patience, seconds: () => performance.now() / 1000 })
}

export async function reportOn(
  sources: Sources,
  seeded: SeedResult,
  options: { readonly log: (line: string) => void; readonly patience: Patience; readonly seconds: () => number },
): Promise<Report> {
  const { log, patience, seconds } = options
  const produced = seeded.produced ?? null
  const landings = await landingsOf(produced ?? [])
  const arrived = [...seeded.uploaded, ...landings]
  await untilEnded(sources, arrived, log, patience)
  const bridged = produced === null ? null : await untilBridged(sources, patience)
  const { figures, exportProblem } = await untilExported(sources, arrived, log, patience)
  const mismatches = [
    ...figures.mismatches,
    ...(exportProblem === null ? [] : [exportProblem]),
    ...(bridged === null ? [] : bridgeProblems(bridged, produced ?? [], landings)),
  ]
  return {
    ok: mismatches.length === 0,
    seconds: Math.round(seconds() * 10) / 10,
    refused: seeded.refused.length,
    uploaded: seeded.uploaded.length,
    kafka: bridged && {
      produced: produced?.length ?? 0,
      landed: bridged.landed.length,
      deadLettered: bridged.deadLettered,
      lag: bridged.lag,
    },
    ...figures,
    mismatches,
  }
}

async function untilEnded(
  sources: Sources,
  uploaded: readonly Uploaded[],
  log: (line: string) => void,
  { stalledSeconds, pollMilliseconds }: Patience,
): Promise<void> {
  let open = uploaded
  let lastEnded = performance.now()
  let lastLine = -Infinity
  for (;;) {
    const ended = await inParallel(open, 16, async (each) => {
      const record = await sources.record(each)
      return record !== null && isTerminal(record)
    })
    const left = open.filter((_, i) => ended[i] !== true)
    const now = performance.now()
    if (left.length < open.length) lastEnded = now
    if (left.length === 0 || (left.length < open.length && now - lastLine > 2000) || now - lastLine > 15_000) {
      log(`${uploaded.length - left.length} of ${uploaded.length} images have ended`)
      lastLine = now
    }
    open = left
    if (open.length === 0) return
    if (now - lastEnded > stalledSeconds * 1000) {
      log(`no image has ended for ${stalledSeconds} s: not waiting for the other ${open.length}`)
      return
    }
    await sleep(pollMilliseconds)
  }
}

/** The last offsets are committed after their images have landed. */
async function untilBridged(sources: Sources, { stalledSeconds, pollMilliseconds }: Patience): Promise<KafkaSeen> {
  const deadline = performance.now() + stalledSeconds * 1000
  for (;;) {
    const seen = await sources.kafka()
    if (seen.lag === 0 || performance.now() > deadline) return seen
    await sleep(pollMilliseconds)
  }
}

/** What must hold of a stream: every record is an object or a dead letter, and no object is there for nothing. */
export function bridgeProblems(
  { landed, deadLettered, lag }: KafkaSeen,
  produced: readonly Produced[],
  landings: readonly Uploaded[],
): readonly string[] {
  const expected = new Set(landings.map(({ rawName }) => rawName))
  const refused = produced.filter(({ becomes }) => 'refused' in becomes).length
  const there = new Set(landed)
  const problems = [
    ...[...expected].filter((name) => !there.has(name)).map((name) => `${name} was produced and did not land.`),
    ...landed.filter((name) => !expected.has(name)).map((name) => `${name} landed and was not produced by this run.`),
  ]
  if (deadLettered !== refused)
    problems.push(`There are ${deadLettered} dead letters for ${refused} records that can not be taken.`)
  if (lag > 0) problems.push(`${lag} records are in the topic and not committed.`)
  return problems
}

/** Another exporter may hold the lease, so one call need not be enough. The last comparison counts. */
async function untilExported(
  sources: Sources,
  uploaded: readonly Uploaded[],
  log: (line: string) => void,
  { exportSeconds, pollMilliseconds }: Patience,
): Promise<{ readonly figures: Figures; readonly exportProblem: string | null }> {
  const missingResults = await sources.missingResults()
  const deadline = performance.now() + exportSeconds * 1000
  for (let run = 1; ; run++) {
    let exportProblem: string | null = null
    let figures: Figures
    try {
      await sources.runExport()
      const bigQuery = await sources.bigQuery()
      const rollups = await sources.rollups()
      figures = compare({ uploaded, ...(await sources.firestore()), rollups, ...bigQuery, missingResults })
    } catch (error) {
      exportProblem = `The export could not be run or read: ${messageOf(error)}`
      const nothing = { rollups: null, imagesTable: { rows: [], distinct: 0 }, statsTable: [] }
      figures = compare({ uploaded, ...(await sources.firestore()), ...nothing, missingResults })
    }
    const { bigquery, firestore } = figures
    log(`export ${run}: ${bigquery.images} of ${firestore.images} images are in BigQuery, ${bigquery.counted} counted`)
    const settled = exportProblem === null && (figures.mismatches.length === 0 || missingResults.length > 0)
    if (settled || performance.now() > deadline) return { figures, exportProblem }
    if (exportProblem !== null) log(exportProblem)
    await sleep(pollMilliseconds)
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What a terminal can show. */
const SHOWN_MISMATCHES = 20

/** The report as a table for a terminal. */
export function printReport(done: Report, print: (line: string) => void): void {
  const { customers, firestore, bigquery } = done
  const formats = [...new Set(customers.flatMap(({ byFormat }) => Object.keys(byFormat)))].sort()
  const table = [
    ['customer', 'processed', 'failed', ...formats],
    ...customers.map(({ id, processed, failed, byFormat }) => [
      id,
      String(processed),
      String(failed),
      ...formats.map((format) => String(byFormat[format] ?? '')),
    ]),
    ['all', String(done.processed), String(done.failed)],
  ]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    widths
      .map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)))
      .join('  ')
      .trimEnd()
  print('')
  for (const row of table) print(line(row))
  print('')
  print(`${done.uploaded} uploaded, ${done.refused} refused, in ${done.seconds} s`)
  if (done.kafka !== null) {
    const { produced, landed, deadLettered, lag } = done.kafka
    print(`Kafka:     ${produced} produced, ${landed} landed, ${deadLettered} dead letters, lag ${lag}`)
  }
  const rolledUp = firestore.rolledUp === null ? '' : `, ${firestore.rolledUp} rolled up`
  print(`Firestore: ${firestore.images} records, ${firestore.counted} counted${rolledUp}`)
  print(`BigQuery:  ${bigquery.images} images, ${bigquery.counted} counted`)
  print(done.ok ? 'Every figure agrees.' : `${done.mismatches.length} figures do not agree:`)
  for (const mismatch of done.mismatches.slice(0, SHOWN_MISMATCHES)) print(`- ${mismatch}`)
  const more = done.mismatches.length - SHOWN_MISMATCHES
  if (more > 0) print(`and ${more} more, all of them in the JSON`)
}
