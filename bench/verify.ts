/** How long `npm run admin -- verify` takes over many records, and that its memory does not grow with them. */
import { startStack } from '../stack/stack.ts'
import { runScript } from './child.ts'
import { optionsOf, printTable } from './figures.ts'

const HELP = `What verify takes: records == counters == BigQuery's images == BigQuery's customer_stats, of 100 customers on 10 days.

npm run bench verify
npm run bench verify -- --records N   in the Firestore emulator and the BigQuery stand-in (else 100000); 0 leaves them out
npm run bench verify -- --json        the figures as one line of JSON, the last of standard output

The emulator reads a whole collection for each page, so that its time grows with the square of N: a real Firestore does not. How the comparison
itself behaves is measured over documents that are made when they are read, up to 3,000,000 of them.
`
/** How much more memory 3,000,000 records may take than 1,000,000. Below that the garbage collector has no reason to use less. */
const MEMORY_TARGET = 0.1

const values = optionsOf(HELP, { records: '100000' })

interface Took {
  readonly milliseconds: number
  readonly records: number
  readonly peakMiB: number
}

const part = (args: readonly (string | number)[], env: Readonly<Record<string, string>> = {}) =>
  runScript<Took>('verify-child.ts', args, { env })

async function emulated(records: number): Promise<Took> {
  const stack = await startStack({
    parts: ['firestore', 'bigquery'],
    log: (line) => process.stderr.write(`${line}\n`),
  })
  try {
    await part(['seed', records], stack.env)
    return await part(['emulated', records], stack.env)
  } finally {
    await stack.stop()
  }
}

const row = (name: string, { records, milliseconds, peakMiB }: Took) => [
  name,
  String(records),
  (milliseconds / 1000).toFixed(1),
  (records / (milliseconds / 1000)).toFixed(0),
  peakMiB.toFixed(0),
]

const small = await part(['generated', 100_000])
const million = await part(['generated', 1_000_000])
const more = await part(['generated', 3_000_000])
const rows = [small, million, more].map((took) => row('generated', took))
const records = Number(values.records)
const real = records === 0 ? null : await emulated(records)
if (real !== null) rows.push(row('emulator and stand-in', real))
printTable(['verify', 'records', 's', 'records/s', 'peak of resident memory, MiB'], rows)
const ratio = more.peakMiB / million.peakMiB
const ok = ratio <= 1 + MEMORY_TARGET
console.log(
  `memory with 3,000,000 beside 1,000,000: ${ratio.toFixed(2)}; target at most ${1 + MEMORY_TARGET}: ${ok ? 'reached' : 'missed'}`,
)
if (values.json) console.log(JSON.stringify({ ok, small, million, more, real, ratio }))
process.exit(ok ? 0 : 1)
