/** `npm run bench`: every benchmark, or the one that is named. Each runs in a process of its own, so that none warms another up. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './paths.ts'

/** In the order they run: the shortest first. */
const BENCHES = {
  costs: 'nothing measured: what a million images cost, by part',
  ready: 'npm start until everything is up',
  'first-call': 'what the first call to Firestore waits for',
  startup: 'starting each function, beside the bare SDKs that it needs',
  export:
    'the export: from Firestore to BigQuery, beside reading alone and loading alone; memory by the number of records',
  verify: 'npm run admin -- verify: time and memory by the number of records',
  kafka: 'the bridge: topic to bucket, memory by lag, time until an image is processed',
  'admin-page':
    'the admin’s overview in a browser: until it answers, documents read, and the longest task while images end',
  'customer-page': 'the customer’s gallery of 10,000 images: the longest task while scrolling, elements, memory',
  'customer-upload': 'uploading 500 files on the customer’s page, beside a bare loop of the SDK',
  processing: 'the work on one image, beside other ways to the same renditions; memory',
} as const

const names = Object.keys(BENCHES)
const HELP = `Measures, each figure beside its reference in the same run. docs/benchmarks.md has the figures and how to read them.

npm run bench                     all of them, some 30 minutes
npm run bench NAME [-- OPTIONS]   one; -- --help lists its options
npm run bench -- --help           this

${Object.entries(BENCHES)
  .map(([name, about]) => `${name.padEnd(15)} ${about}`)
  .join('\n')}
`

/** Returns the benchmark's exit code: 0 where its target was reached. */
function run(name: string, args: readonly string[]): number {
  const warnings = '--disable-warning=TimeoutNegativeWarning'
  const { status, error } = spawnSync(process.execPath, [warnings, join(ROOT, 'bench', `${name}.ts`), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  if (error) throw error
  return status ?? 1
}

function main([name, ...args]: readonly string[]): number {
  if (name === '--help') {
    process.stdout.write(HELP)
    return 0
  }
  if (name === undefined) {
    const missed = names.filter((each) => {
      process.stdout.write(`\n${each}: ${BENCHES[each as keyof typeof BENCHES]}\n\n`)
      return run(each, []) !== 0
    })
    process.stdout.write(
      missed.length === 0 ? '\nevery target reached\n' : `\nmissed or failed: ${missed.join(', ')}\n`,
    )
    return missed.length === 0 ? 0 : 1
  }
  if (names.includes(name)) return run(name, args)
  process.stderr.write(`there is no benchmark ${JSON.stringify(name)}: expected ${names.join(', ')}\n`)
  return 2
}

process.exitCode = main(process.argv.slice(2))
