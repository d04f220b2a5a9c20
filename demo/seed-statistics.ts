/** `node demo/seed-statistics.ts`: statistics of customers that never were, to look at the admin's page and to measure it. */
import { parseArgs } from 'node:util'
import { connect } from '../admin/connect.ts'
import { EXPORT_SHARDS } from '../functions/src/contract/limits.ts'
import { customerPath, statsPath } from '../functions/src/contract/names.ts'
import type { Outcome } from '../functions/src/contract/outcomes.ts'
import { cellKey, durationBucket, type Cell } from '../functions/src/contract/record.ts'
import {
  addDay,
  customerMonthPath,
  SHARE_CHUNKS,
  shareOf,
  sharesPath,
  summaryPath,
  totalsPath,
  type DayFigures,
  type MonthShare,
  type Share,
} from '../functions/src/contract/totals.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../functions/src/ledger/document-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { dateIn, plusDays } from '../functions/src/ledger/reporting-zone.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import {
  chunkOf,
  chunkWith,
  figuresOf,
  identityOf,
  monthOf,
  monthShareOf,
  summaryOf,
} from '../functions/src/rollup/figures.ts'
import { inParallel } from './parallel.ts'

export interface Statistics {
  readonly customers: number
  /** As many, up to `to` and with it. */
  readonly days: number
  /** YYYY-MM-DD */
  readonly to: string
  /** The counters as well: without them a rollup that runs takes away what it finds no counters of. */
  readonly counters: boolean
}

type Cells = Readonly<Record<string, Cell>>
interface Written {
  readonly path: string
  readonly data: WriteData
}

/** How much of what is sent, in this order: six types, and one that is none. */
const MIX = { jpeg: 60, png: 15, heic: 10, webp: 8, gif: 4, tiff: 3 } as const
const FAILURES: readonly Outcome[] = [
  'corrupt',
  'too-large',
  'quota-exceeded',
  'processor-timeout',
  'attempts-exhausted',
]
/** Some are what a page must show as they are. */
const NAMES = [
  '<img src=x onerror=alert(1)>',
  '"><script>document.title = 1</script>',
  'مؤسسة الصور الذهبية',
  'סטודיו אור',
  '\u202ekoobecaf\u202c & Søns',
  '=HYPERLINK("https://example.com")',
  '株式会社写真館',
  'Gesellschaft für angewandte Bildverarbeitung, Archivierung und Langzeitsicherung mbH & Co. KG',
] as const
/** Documents that are written together, and together at once. */
const [AT_ONCE, LANES] = [50, 8]

/** Writes totals/, shares/, summaries/, months/ and customers/ as rollup would. The same arguments give the same figures. */
export async function seedStatistics(
  store: DocumentStore,
  { customers, days, to, counters }: Statistics,
  tell: (written: number) => void = () => {},
): Promise<number> {
  const dates = Array.from({ length: days }, (_, n) => plusDays(to, 1 + n - days))
  const totals = new Map<string, DayFigures>()
  const shares = new Map<string, Map<string, Share>>()
  const now = Instant.parse(`${to}T12:00:00Z`)
  let [waiting, written]: [Written[], number] = [[], 0]
  const flush = async () => {
    const batches = Array.from({ length: Math.ceil(waiting.length / AT_ONCE) }, (_, i) =>
      waiting.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
    )
    await inParallel(batches, LANES, (batch) =>
      store.transact(async (transaction) => {
        for (const { path, data } of batch) transaction.set(path, { ...data, updatedAt: SERVER_TIME })
      }),
    )
    written += waiting.length
    waiting = []
    tell(written)
  }
  for (let n = 0; n < customers; n++) {
    const customerId = `customer-${String(n + 1).padStart(5, '0')}`
    const customer = { name: NAMES[n] ?? nameOf(n), kind: n % 7 === 6 ? 'kafka' : 'web' } as const
    waiting.push({ path: customerPath(customerId), data: { ...customer, createdAt: now } })
    const own: Record<string, MonthShare> = {}
    for (const [month, inMonth] of Map.groupBy(dates, monthOf)) {
      const figures: Record<string, DayFigures & { readonly asOf: Instant }> = {}
      for (const date of inMonth) {
        const cells = cellsOf(n, date)
        if (cells === null) continue
        const day = figuresOf([{ cells }])
        figures[date] = { ...day, asOf: now }
        totals.set(date, addDay(totals.get(date) ?? { cells: {}, histogram: {} }, day))
        add(shares, sharesPath(date, chunkOf(customerId)), customerId, shareOf(day))
        const shard = { customerId, date, exportShard: 0 % EXPORT_SHARDS, cells: cells as unknown as WriteData }
        if (counters) waiting.push({ path: statsPath(customerId, date, 0), data: shard })
      }
      const share = monthShareOf(figures)
      if (share === null) continue
      own[month] = share
      add(shares, sharesPath(month, chunkOf(customerId)), customerId, [share[0], share[1], share[2], share[3]])
      const data = { customerId, month, days: figures } as unknown as WriteData
      waiting.push({ path: customerMonthPath(customerId, month), data })
    }
    const summary = summaryOf(customerId, identityOf(customerId, customer), own, now)
    if (summary !== null) waiting.push({ path: summaryPath(customerId), data: summary })
    if (waiting.length > AT_ONCE * LANES) await flush()
  }
  for (const [date, day] of totals) waiting.push({ path: totalsPath(date), data: { date, ...day } })
  for (const [path, own] of shares) {
    const [, period = '', chunk] = /^shares\/(.+)~(\d)$/.exec(path) ?? []
    waiting.push({ path, data: { period, chunk: Number(chunk), customers: chunkWith('{}', own) } })
  }
  await flush()
  return written
}

function add(shares: Map<string, Map<string, Share>>, path: string, customerId: string, share: Share): void {
  const chunk = shares.get(path) ?? new Map<string, Share>()
  shares.set(path, chunk.set(customerId, share))
}

const FIRST = [
  'Alder',
  'Birch',
  'Cedar',
  'Elm',
  'Fir',
  'Hazel',
  'Juniper',
  'Larch',
  'Maple',
  'Oak',
  'Pine',
  'Rowan',
  'Willow',
]
const SECOND = [
  'Studio',
  'Press',
  'Archive',
  'Museum',
  'Weddings',
  'Sports',
  'Real Estate',
  'News',
  'Prints',
  'Labs',
  'Gallery',
]
const nameOf = (n: number) => `${FIRST[n % FIRST.length]} ${SECOND[n % SECOND.length]} ${n + 1}`

/** A customer's counters of a day; null where it sent nothing. A few customers send most, and at weekends less is sent. */
function cellsOf(n: number, date: string): Cells | null {
  const random = randomOf(`${n} ${date}`)
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  const usual = 4 + 3000 / (n + 3)
  const sent = Math.round(usual * (weekday % 6 === 0 ? 0.4 : 1) * (0.6 + 0.8 * random()))
  if (n > 20 && random() < 0.25) return null
  const cells: Record<string, Cell> = {}
  for (const [format, percent] of Object.entries(MIX) as [keyof typeof MIX, number][]) {
    const images = Math.round((sent * percent) / 100 + random() * 0.9)
    const source = (n + percent) % 5 === 0 ? 'kafka' : 'web'
    const failed = Math.min(images, Math.round(images * 0.03 * random() + random() * 0.6))
    const outcome = FAILURES[Math.floor(random() * FAILURES.length)] as Outcome
    if (images > failed) cells[cellKey({ source, format, outcome: 'processed' })] = cell(images - failed, random)
    if (failed > 0) cells[cellKey({ source, format, outcome })] = { ...cell(failed, random), bytesOut: 0, pixels: 0 }
  }
  const refused = Math.round(sent * 0.02 * random())
  const notAnImage = cellKey({ source: 'web', format: 'pdf', outcome: 'unsupported-format' })
  if (refused > 0) cells[notAnImage] = { ...cell(refused, random), bytesOut: 0, pixels: 0 }
  return cells
}

function cell(images: number, random: () => number): Cell {
  const histogram: Record<string, number> = {}
  let [left, milliseconds] = [images, 0]
  while (left > 0) {
    const some = Math.min(left, Math.ceil(images / 8))
    const each = Math.round(120 * 2 ** (6 * random() * random()))
    const bucket = durationBucket(each)
    histogram[bucket] = (histogram[bucket] ?? 0) + some
    milliseconds += some * each
    left -= some
  }
  const bytesIn = images * Math.round(1e6 + 4e6 * random())
  const pixels = images * Math.round(4e6 + 20e6 * random())
  const reprocessed = random() < 0.05 ? 1 : 0
  return { images, reprocessed, bytesIn, bytesOut: Math.round(bytesIn * 0.2), pixels, milliseconds, histogram }
}

/** Numbers from 0 to 1, always the same for the same text: mulberry32. https://github.com/cprosche/mulberry32 */
function randomOf(text: string): () => number {
  let state = 0
  for (const character of text) state = (Math.imul(state, 31) + character.charCodeAt(0)) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const HELP = `Statistics of customers that never were, for the local stack: node demo/seed-statistics.ts
  --customers N  (1000)   --days N  (90), up to --to DAY (today, UTC)
  --counters     the counters as well; without them a rollup that runs takes away what it finds no counters of
FIRESTORE_EMULATOR_HOST names another emulator than the running stack's.
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      customers: { type: 'string', default: '1000' },
      days: { type: 'string', default: '90' },
      to: { type: 'string', default: dateIn('UTC', Instant.ofMillis(Date.now())) },
      counters: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)
  // Only ever an emulator, which has no metadata server beside it.
  connect(undefined)
  process.env['METADATA_SERVER_DETECTION'] ??= 'none'
  const projectId = process.env['GCLOUD_PROJECT'] ?? 'demo-darkroom'
  await using store = new FirestoreStore({ projectId })
  const started = performance.now()
  const { to, counters } = values
  const options = { customers: Number(values.customers), days: Number(values.days), to, counters }
  const written = await seedStatistics(store, options, (so) => process.stderr.write(`\r${so} documents`))
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(
    `\n${written} documents in ${seconds} s: ${SHARE_CHUNKS} chunks of shares for each day and month\n`,
  )
}

if (import.meta.main) await main()
