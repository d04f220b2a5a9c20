/** How long `npm start` takes until everything is up, from the command to the line that says how to stop it. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from '../stack/paths.ts'
import { median, printTable, roundsAndJson, spread, written } from './figures.ts'

const HELP = `How long npm start -- --empty takes until everything is up, where all that it needs is installed and cached.

npm run bench ready
npm run bench ready -- --rounds N   starts (else 3), after one that is not counted
npm run bench ready -- --json       the figures as one line of JSON, the last of standard output
`
const TARGET_SECONDS = 45

const { rounds, json } = roundsAndJson(HELP, 3)

/** Seconds until the last line of `npm start`, and those that each part took by its own account. Stops it then. */
async function start(): Promise<{ readonly seconds: number; readonly parts: ReadonlyMap<string, number> }> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'stack', 'bootstrap.mjs'), 'main', '--empty'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const parts = new Map<string, number>()
  let seconds: number | null = null
  for await (const line of createInterface(child.stdout)) {
    const [, part, took] = /\d s {2}([^(]+?)(?: \(.*\))? ready after (.*) s$/.exec(line) ?? []
    if (part !== undefined) parts.set(part, Number(took))
    if (line.startsWith('Ctrl-C stops everything')) {
      seconds = (performance.now() - started) / 1000
      child.kill('SIGTERM')
    }
  }
  const code = await ended
  if (seconds === null) throw new Error(`npm start ended with ${code} before it was ready`)
  return { seconds, parts }
}

await start()
const starts: Awaited<ReturnType<typeof start>>[] = []
for (let round = 0; round < rounds; round++) starts.push(await start())
const ready = spread(starts.map(({ seconds }) => seconds))
const names = [...(starts[0]?.parts.keys() ?? [])]
const parts = names.map((name) => [name, spread(starts.map((each) => each.parts.get(name) ?? NaN))] as const)
printTable(
  ['part', 'seconds (lowest - highest)'],
  [...parts, ['everything', ready] as const].map(([name, figures]) => [name, written(figures, 1)]),
)
const ok = median(starts.map(({ seconds }) => seconds)) < TARGET_SECONDS
console.log(`target: under ${TARGET_SECONDS} s: ${ok ? 'reached' : 'missed'}`)
if (json) console.log(JSON.stringify({ target: TARGET_SECONDS, ok, ready, parts: Object.fromEntries(parts) }))
process.exitCode = ok ? 0 : 1
