/** The export: from Firestore to BigQuery, beside reading alone and loading alone; and its memory by the number of records. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack, type Stack } from '../stack/stack.ts'
import { runScript } from './child.ts'
import { optionsOf, printTable, spread, written } from './figures.ts'

const HELP = `How fast the export is, and what it takes. Linux, where memory is read from /proc.

npm run bench export
npm run bench export -- --part P       one of throughput, memory
npm run bench export -- --records N    records in the Firestore emulator (else 13000)
npm run bench export -- --rounds N     of the throughput (else 3)
npm run bench export -- --largest N    records of the memory, made as they are read (else 100000; 1000000 takes a quarter of an hour)
npm run bench export -- --json         the figures as one line of JSON, the last of standard output
`

/** Of the slower of reading alone, in order and page by page, and loading alone. */
const THROUGHPUT_TARGET = 0.5
const MEMORY_TARGET = 0.1
const SMALLEST = 10_000
/** Small, so that so few records fill some. */
const MEMORY_PAGE_ROWS = '5000'
/** So small a heap that what is no longer in use does not count. */
const SMALL_HEAP = ['--max-old-space-size=64', '--max-semi-space-size=8']

const values = optionsOf(HELP, { part: null, records: '13000', rounds: '3', largest: '100000' })

interface Took {
  readonly milliseconds: number
  readonly rows: number
  readonly peakMiB: number
  /** Of the whole process, its start included. */
  readonly cpuSeconds: number
}

const part = (
  stack: Stack,
  args: readonly (string | number)[],
  { flags, env }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
) => runScript<Took>('export-child.ts', args, { ...(flags && { flags }), env: { ...stack.env, ...env } })

async function throughput(stack: Stack, folder: string, records: number, rounds: number) {
  const file = join(folder, 'rows.ndjson')
  await part(stack, ['seed', records])
  await part(stack, ['rows', records, file])
  // A new emulator is slow until its Java is warm: that is not counted.
  for (const what of [['read'], ['export', 'warm_up'], ['load', 'warm_up_load', file]]) await part(stack, what)
  const ways = ['export', 'load', 'pages', 'read', 'generated'] as const
  const took: Record<(typeof ways)[number], number[]> = {
    export: [],
    load: [],
    pages: [],
    read: [],
    generated: [],
  }
  for (let round = 0; round < rounds; round++) {
    const args = {
      export: ['export', `export_${round}`],
      load: ['load', `load_${round}`, file],
      pages: ['pages'],
      read: ['read'],
      generated: ['generated', `generated_${round}`, records],
    }
    for (const way of ways) {
      const { milliseconds, rows } = await part(stack, args[way])
      if (rows !== records) throw new Error(`${way}: ${rows} rows of ${records}`)
      took[way].push(milliseconds)
    }
  }
  const row = (name: string, way: (typeof ways)[number]) => [
    name,
    written(spread(took[way].map((milliseconds) => records / (milliseconds / 1000))), 0),
  ]
  printTable(
    [`${records} records`, 'rows/s'],
    [
      row('export: from the Firestore emulator to the BigQuery stand-in', 'export'),
      row('the same rows by one plain load job', 'load'),
      row('the same fields read in order, page by page, and dropped', 'pages'),
      row('the same fields read in one answer, and dropped', 'read'),
      row('export from a store that costs nothing', 'generated'),
    ],
  )
  const ratioOf = (way: 'export' | 'generated', reference: (round: number) => number) =>
    spread(took[way].map((milliseconds, round) => reference(round) / milliseconds))
  const load = (round: number) => took.load[round] ?? NaN
  const ofSlower = ratioOf('export', (round) => Math.max(load(round), took.pages[round] ?? NaN))
  const ofLoad = ratioOf('export', load)
  const withoutEmulator = ratioOf('generated', load)
  const ok = ofSlower.median >= THROUGHPUT_TARGET
  console.log(
    `of the slower of reading and loading: ${written(ofSlower)}; target ${THROUGHPUT_TARGET}: ${ok ? 'reached' : 'missed'}\n` +
      `of the load alone: ${written(ofLoad)}; without the emulator ${written(withoutEmulator)}\n`,
  )
  return { ok, ofSlower, ofLoad, withoutEmulator }
}

async function memory(stack: Stack, largest: number) {
  const counts = [SMALLEST, largest]
  const all: Took[] = []
  for (const count of counts) {
    const env = { EXPORT_PAGE_ROWS: MEMORY_PAGE_ROWS }
    all.push(await part(stack, ['generated', `memory_${count}`, count], { flags: SMALL_HEAP, env }))
  }
  printTable(
    ['records', 'peak of resident memory, MiB', 'seconds'],
    all.map(({ rows, peakMiB, milliseconds }) => [String(rows), peakMiB.toFixed(0), (milliseconds / 1000).toFixed(0)]),
  )
  const ratio = (all[1]?.peakMiB ?? NaN) / (all[0]?.peakMiB ?? NaN)
  const ok = ratio <= 1 + MEMORY_TARGET
  console.log(
    `${largest} beside ${SMALLEST}: ${ratio.toFixed(2)}; target at most ${1 + MEMORY_TARGET}: ${ok ? 'reached' : 'missed'}\n`,
  )
  return { ok, ratio, peaks: all.map(({ peakMiB }) => peakMiB) }
}

const wants = (name: string) => values.part === undefined || values.part === name
const figures: Record<string, { readonly ok: boolean }> = {}
const folder = mkdtempSync(join(tmpdir(), 'darkroom-export-'))
const stack = await startStack({ parts: ['firestore', 'bigquery'], log: (line) => process.stderr.write(`${line}\n`) })
try {
  if (wants('throughput')) {
    figures['throughput'] = await throughput(stack, folder, Number(values.records), Number(values.rounds))
  }
  if (wants('memory')) figures['memory'] = await memory(stack, Number(values.largest))
} finally {
  await stack.stop()
  rmSync(folder, { recursive: true })
}
if (values.json) console.log(JSON.stringify(figures))
process.exit(Object.values(figures).every(({ ok }) => ok) ? 0 : 1)
