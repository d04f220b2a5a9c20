/**
 * What starting a function costs: loading it, and what its first event takes longer than the next. Each figure comes from fresh
 * processes beside a process that imports the same SDKs and makes calls of the same kinds, turn about, against the emulators.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../stack/stack.ts'
import { bundle, compileFunctions } from './bundle.ts'
import { median, printTable, roundsAndJson, spread, type Spread, written } from './figures.ts'
import { FUNCTIONS } from './startup-contestants.ts'
import { emptyNode, StartUpBench, type StartUp } from './startup-measure.ts'

const HELP = `What starting each function costs, beside the bare SDKs that it needs.

npm run bench startup
npm run bench startup -- --rounds N   fresh processes of each kind (else 11)
npm run bench startup -- --json       the figures as one line of JSON, the last of standard output
`
const TARGET = 1.2
/** Of Google's extension "Resize Images" (storage-resize-images), measured once on a machine of this kind: loading alone. */
const RESIZE_EXTENSION = { wall: 431, cpu: 517 }

const { rounds, json } = roundsAndJson(HELP, 11)

const middle = <T>(all: readonly T[], figure: (each: T) => number) => Math.round(median(all.map(figure)))

const figuresOf = (all: readonly StartUp[]) => ({
  'load CPU ms': middle(all, ({ load }) => load.cpu),
  'load ms': middle(all, ({ load }) => load.wall),
  'load MiB': middle(all, ({ load }) => load.rss),
  'extra CPU ms': middle(all, ({ extra }) => extra.cpu),
  'extra ms': middle(all, ({ extra }) => extra.wall),
  'whole CPU ms': middle(all, ({ whole }) => whole.cpu),
  'whole ms': middle(all, ({ whole }) => whole.wall),
  'MiB at work': middle(all, ({ rss }) => rss),
})
type Figures = ReturnType<typeof figuresOf>

function printFigures(first: string, rows: readonly (readonly [string, Figures])[]): void {
  const columns = Object.keys(rows[0]?.[1] ?? {})
  printTable(
    [first, ...columns],
    rows.map(([name, figures]) => [name, ...Object.values(figures).map(String)]),
  )
}

await compileFunctions()
const stack = await startStack({
  parts: ['auth', 'firestore', 'storage', 'bigquery'],
  log: (line) => console.error(line),
})
const folder = mkdtempSync(join(tmpdir(), 'darkroom-bench-'))
try {
  const bench = new StartUpBench(stack)
  const runnable = FUNCTIONS.filter((name) => name !== 'exportToBigQuery' || stack.bigQueryUrl !== null)

  const watched = (await bench.watch(runnable)).map((row) => ({ ...row, ok: row.sdks.join() === row.expected.join() }))
  printTable(
    ['process', 'SDKs loaded', 'as it should'],
    watched.map(({ what, sdks, ok }) => [what, sdks.join(', '), ok ? 'yes' : 'NO']),
  )

  const idle = median(await emptyNode(rounds))
  const measured = await bench.functions(runnable, rounds)
  // Without what an empty Node takes, which is the same on both sides and would flatter the ratio.
  const ratio = (own: readonly number[], reference: readonly number[]): Spread =>
    spread(own.map((cpu, i) => (cpu - idle) / ((reference[i] ?? NaN) - idle)))
  const reports = [...measured].map(([name, { ours, bare, modules }]) => {
    const bareLoad = bare.map(({ load }) => load.cpu)
    const loads = ours.map(({ load }) => load.cpu)
    return {
      name,
      ours: figuresOf(ours),
      bare: figuresOf(bare),
      modules: { cpu: middle(modules, ({ cpu }) => cpu), rss: middle(modules, ({ rss }) => rss) },
      beforeEvents: ratio(loads, bareLoad),
      allModules: ratio(
        modules.map(({ cpu }) => cpu),
        bareLoad,
      ),
      withExtra: ratio(
        ours.map(({ whole }) => whole.cpu),
        bare.map(({ whole }) => whole.cpu),
      ),
    }
  })
  console.log(`\nMedians of ${rounds} fresh processes each. An empty Node: ${Math.round(idle)} ms of CPU time.`)
  printFigures(
    'process',
    reports.flatMap(({ name, ours, bare }) => [[name, ours] as const, ['  its bare SDKs', bare] as const]),
  )
  console.log('\nCPU time above an empty Node, as a ratio to the bare SDKs (lowest - highest).')
  printTable(
    ['function', 'before any event', 'all modules of an event', 'with the first extra', 'all modules: CPU ms', 'MiB'],
    reports.map(({ name, modules, beforeEvents, allModules, withExtra }) => [
      name,
      ...[beforeEvents, allModules, withExtra].map((figures) => written(figures)),
      String(modules.cpu),
      String(modules.rss),
    ]),
  )
  const { cpu, wall } = RESIZE_EXTENSION
  console.log(`\nCPU time of loading, as a ratio to Google's resize extension (quoted: ${cpu} ms, in ${wall} ms)`)
  printTable(
    ['function', 'before any event', 'all modules of an event'],
    reports.map(({ name, ours, modules }) => [
      name,
      (ours['load CPU ms'] / cpu).toFixed(2),
      (modules.cpu / cpu).toFixed(2),
    ]),
  )

  const bundled = await bundle()
  const cache = (name: string) => ({ NODE_COMPILE_CACHE: join(folder, name) })
  let ways: ReadonlyMap<string, readonly StartUp[]>
  try {
    ways = await bench.ways(
      [
        { name: 'as it is' },
        { name: 'all triggers loaded', env: { FUNCTION_TARGET: 'redrive' } },
        { name: 'compile cache', env: cache('lib') },
        { name: 'bundled', folder: bundled.folder },
        { name: 'bundled, compile cache', folder: bundled.folder, env: cache('bundle') },
      ],
      rounds,
    )
  } finally {
    bundled.remove()
  }
  const wayReports = [...ways].map(([name, all]) => [name, figuresOf(all)] as const)
  console.log('')
  printFigures('processImage', wayReports)

  const ok = watched.every((row) => row.ok) && reports.every(({ allModules }) => allModules.median <= TARGET)
  const target = `target: all modules of an event at most ${TARGET} times the bare SDKs, and no SDK before its time`
  console.log(`\n${target}: ${ok ? 'reached' : 'missed'}`)
  if (json) console.log(JSON.stringify({ target: TARGET, ok, rounds, idle, reports, ways: wayReports, watched }))
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
  await stack.stop()
}
