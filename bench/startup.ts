/**
 * What starting a function costs: loading it, and what its first event takes longer than the next. Each figure comes from fresh
 * processes beside a process that imports the same SDKs and makes calls of the same kinds, turn about, against the emulators.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { landscape } from '../demo/scene.ts'
import { sharp } from '../demo/sharp.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { startStack, type Stack } from '../stack/stack.ts'
import { bundle, compileFunctions } from './bundle.ts'
import { runChild, sdksAt, type Child, type Mark, type Sdk } from './child.ts'
import { median, printTable, spread, written, type Spread } from './figures.ts'
import { bare, FUNCTIONS, NO_PIXELS, ours, SDKS_OF, type FunctionName, type Names } from './startup-contestants.ts'

const HELP = `What starting each function costs, beside the bare SDKs that it needs.

npm run bench startup
npm run bench startup -- --rounds N   fresh processes of each kind (else 11)
npm run bench startup -- --json       the figures as one line of JSON, the last of standard output
`
const TARGET = 1.2
/** Of Google's extension "Resize Images" (storage-resize-images), measured once on a machine of this kind: loading alone. */
const RESIZE_EXTENSION = { wall: 431, cpu: 517 }

const { values: args } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (args.help) {
  process.stdout.write(HELP)
  process.exit()
}
const rounds = Number(args.rounds)
if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds is ${args.rounds}: expected 1 or more`)

/** Milliseconds, and MiB. `extra`: what the first event took longer than the second. */
interface StartUp {
  readonly load: { readonly cpu: number; readonly wall: number; readonly rss: number }
  readonly extra: { readonly cpu: number; readonly wall: number }
  /** Loading, and the first event's extra. */
  readonly whole: { readonly cpu: number; readonly wall: number }
  /** After the second event. */
  readonly rss: number
}

function startUpOf(marks: readonly Mark[]): StartUp {
  const [load, first, second] = ['loaded', 'first', 'second'].map((name) => marks.find((mark) => mark.name === name))
  if (!load || !first || !second) throw new Error('a process left out a mark')
  const extra = (figure: 'cpu' | 'wall') => first[figure] - load[figure] - (second[figure] - first[figure])
  return {
    load,
    extra: { cpu: extra('cpu'), wall: extra('wall') },
    whole: { cpu: load.cpu + extra('cpu'), wall: load.wall + extra('wall') },
    rss: second.rss,
  }
}

/** Small, so that the work itself does not hide the start. */
const photo = landscape(640, 480, 0)
const image = await sharp(photo.data, { raw: { width: 640, height: 480, channels: photo.channels } })
  .jpeg()
  .toBuffer()

function environment(stack: Stack, name: FunctionName): Readonly<Record<string, string>> {
  const scheduled = name === 'exportToBigQuery' || name === 'reconcile'
  const projectId = scheduled ? stack.projectId : `${stack.projectId}-images`
  return {
    FUNCTION_TARGET: name,
    K_SERVICE: name.toLowerCase(),
    FUNCTIONS_EMULATOR: 'true',
    METADATA_SERVER_DETECTION: 'none',
    // Functions on a schedule find nothing to do: a database and a bucket into which no image comes.
    GCLOUD_PROJECT: projectId,
    FIREBASE_CONFIG: JSON.stringify({ projectId }),
    RAW_BUCKET: scheduled ? `${stack.projectId}-nothing` : stack.rawBucket,
    PROCESSED_BUCKET: stack.processedBucket,
    FIRESTORE_EMULATOR_HOST: stack.firestoreHost,
    STORAGE_EMULATOR_HOST: stack.storageUrl,
    BIGQUERY_DATASET: stack.dataset,
    BIGQUERY_API_ENDPOINT: stack.bigQueryUrl ?? '',
  }
}

await compileFunctions()
const stack = await startStack({
  parts: ['auth', 'firestore', 'storage', 'bigquery'],
  log: (line) => console.error(line),
})
const folder = mkdtempSync(join(tmpdir(), 'darkroom-bench-'))
try {
  const raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  let uploads = 0
  const upload = async (bytes: Uint8Array = image) => {
    const name = `web/bench/upload-${uploads++}/photo.jpg`
    await raw.create(name, bytes, 'image/jpeg')
    return name
  }
  const newNames = async (): Promise<Names> => [await upload(), await upload()]
  const runnable = FUNCTIONS.filter((name) => name !== 'exportToBigQuery' || stack.bigQueryUrl !== null)

  // What each loads, when: watched before anything is timed, which also fills the disk's caches.
  const watch = async (name: FunctionName, names: Names) =>
    runChild({ code: ours(name, names), env: environment(stack, name), traced: true })
  const delivered = await newNames()
  const rows: { what: string; sdks: readonly Sdk[]; expected: readonly Sdk[] }[] = []
  for (const name of runnable) {
    const marks = await watch(name, name === 'processImage' ? delivered : await newNames())
    const { before, after } = SDKS_OF[name]
    rows.push({ what: `${name}, loaded`, sdks: sdksAt(marks, 'loaded'), expected: before })
    rows.push({ what: `${name}, after events`, sdks: sdksAt(marks, 'second'), expected: after })
  }
  const text = new TextEncoder().encode('not an image')
  const again = await watch('processImage', delivered)
  rows.push({ what: 'processImage, delivered again', sdks: sdksAt(again, 'second'), expected: NO_PIXELS })
  const refused = await watch('processImage', [await upload(text), await upload(new Uint8Array())])
  rows.push({ what: 'processImage, text and an empty file', sdks: sdksAt(refused, 'second'), expected: NO_PIXELS })
  const asExpected = rows.every(({ sdks, expected }) => sdks.join() === expected.join())
  printTable(
    ['process', 'SDKs loaded', ''],
    rows.map(({ what, sdks, expected }) => [what, sdks.join(', '), sdks.join() === expected.join() ? 'ok' : 'WRONG']),
  )

  const cpuOf = (marks: readonly Mark[]) => marks[0]?.cpu ?? NaN
  const empty: Child = { code: "mark('loaded')" }
  const node: number[] = []
  const measured = Object.fromEntries(runnable.map((name) => [name, { ours: [], bare: [] }])) as unknown as Record<
    FunctionName,
    { readonly ours: StartUp[]; readonly bare: StartUp[] }
  >
  for (let round = -1; round < rounds; round++) {
    node.push(cpuOf(await runChild(empty)))
    for (const name of runnable) {
      const turn = round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)
      for (const side of turn) {
        const code = (side === 'ours' ? ours : bare)(name, await newNames())
        const result = startUpOf(await runChild({ code, env: environment(stack, name) }))
        if (round >= 0) measured[name][side].push(result)
      }
    }
  }

  // Without what an empty Node takes, which is the same for both and would flatter the ratio.
  const idle = median(node)
  const ratio = (name: FunctionName, figure: (startUp: StartUp) => number): Spread =>
    spread(
      measured[name].ours.map((each, i) => (figure(each) - idle) / (figure(measured[name].bare[i] as StartUp) - idle)),
    )
  const middle = (all: readonly StartUp[], figure: (startUp: StartUp) => number) => Math.round(median(all.map(figure)))
  const reports = runnable.map((name) => {
    const figures = (all: readonly StartUp[]) => ({
      loadCpu: middle(all, ({ load }) => load.cpu),
      loadWall: middle(all, ({ load }) => load.wall),
      loadRss: middle(all, ({ load }) => load.rss),
      extraCpu: middle(all, ({ extra }) => extra.cpu),
      extraWall: middle(all, ({ extra }) => extra.wall),
      wholeCpu: middle(all, ({ whole }) => whole.cpu),
      wholeWall: middle(all, ({ whole }) => whole.wall),
      rss: middle(all, ({ rss }) => rss),
    })
    return {
      name,
      ours: figures(measured[name].ours),
      bare: figures(measured[name].bare),
      loadRatio: ratio(name, ({ load }) => load.cpu),
      wholeRatio: ratio(name, ({ whole }) => whole.cpu),
    }
  })
  const cells = (figures: (typeof reports)[number]['ours']) => Object.values(figures).map(String)
  console.log(`\nMedians of ${rounds} fresh processes each; an empty Node: ${Math.round(idle)} ms of CPU time.`)
  printTable(
    [
      'process',
      'load CPU ms',
      'load ms',
      'load MiB',
      'extra CPU ms',
      'extra ms',
      'whole CPU ms',
      'whole ms',
      'MiB at work',
    ],
    reports.flatMap((report) => [
      [report.name, ...cells(report.ours)],
      ['  its bare SDKs', ...cells(report.bare)],
    ]),
  )
  console.log(
    '\nCPU time above an empty Node, as a ratio to the bare SDKs (lowest - highest); to the resize extension, with Node.',
  )
  printTable(
    ['function', 'loading', 'loading and the first extra', 'loading / resize extension'],
    reports.map((report) => [
      report.name,
      written(report.loadRatio),
      written(report.wholeRatio),
      (report.ours.loadCpu / RESIZE_EXTENSION.cpu).toFixed(2),
    ]),
  )
  console.log(`(resize extension, quoted: ${RESIZE_EXTENSION.cpu} ms of CPU time, ${RESIZE_EXTENSION.wall} ms)`)

  // What other ways of loading would bring, on the function of which a burst starts most processes.
  const bundled = await bundle()
  const caches = { lib: join(folder, 'lib'), bundle: join(folder, 'bundle') }
  const ways: Readonly<Record<string, { readonly folder?: string; readonly env: Readonly<Record<string, string>> }>> = {
    'as it is': { env: {} },
    'with all triggers': { env: { FUNCTION_TARGET: 'redrive' } },
    'compile cache': { env: { NODE_COMPILE_CACHE: caches.lib } },
    bundled: { folder: bundled.folder, env: {} },
    'bundled, compile cache': { folder: bundled.folder, env: { NODE_COMPILE_CACHE: caches.bundle } },
  }
  const byWay = new Map<string, StartUp[]>(Object.keys(ways).map((way) => [way, []]))
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [way, { folder: from, env }] of Object.entries(ways)) {
        const code = ours('processImage', await newNames(), from)
        const result = startUpOf(await runChild({ code, env: { ...environment(stack, 'processImage'), ...env } }))
        if (round >= 0) byWay.get(way)?.push(result)
      }
    }
  } finally {
    bundled.remove()
  }
  console.log('\nprocessImage, loaded in other ways')
  const wayReports = [...byWay].map(([way, all]) => ({
    way,
    loadCpu: middle(all, ({ load }) => load.cpu),
    loadRss: middle(all, ({ load }) => load.rss),
    wholeCpu: middle(all, ({ whole }) => whole.cpu),
    wholeWall: middle(all, ({ whole }) => whole.wall),
    rss: middle(all, ({ rss }) => rss),
  }))
  printTable(
    ['way', 'load CPU ms', 'load MiB', 'whole CPU ms', 'whole ms', 'MiB at work'],
    wayReports.map(({ way, ...figures }) => [way, ...Object.values(figures).map(String)]),
  )

  const ok = asExpected && reports.every(({ wholeRatio }) => wholeRatio.median <= TARGET)
  console.log(`target: at most ${TARGET} times the bare SDKs, and no SDK before its time: ${ok ? 'reached' : 'missed'}`)
  if (args.json)
    console.log(JSON.stringify({ target: TARGET, ok, rounds, idle, reports, ways: wayReports, sdks: rows }))
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
  await stack.stop()
}
