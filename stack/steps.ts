/** The steps of `npm run check` and `npm test`: each counts as tests that pass or fail. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, ROOT, STATE } from './paths.ts'

export interface Step {
  readonly name: string
  /** Of a package's own program: its path below node_modules. */
  readonly script: string
  readonly args: readonly string[]
  /** Where jest writes what it counted; without it the step itself counts as one test. */
  readonly results?: string
}

/** BigQuery's client imports a module while it runs, which jest allows only so. kafkajs sets timers to the past. */
const NODE_OPTIONS =
  '--experimental-vm-modules --disable-warning=ExperimentalWarning --disable-warning=TimeoutNegativeWarning'
const RESULTS = join(STATE, 'results')

/** Test files that run side by side. */
const WORKERS: Readonly<Record<string, number>> = { unit: 2, faults: 2, emulator: 2, browser: 2 }

export const suite = (project: string): Step => {
  const results = join(RESULTS, `${project}.json`)
  return {
    name: project,
    script: 'jest/bin/jest.js',
    args: ['--selectProjects', project, '--json', `--outputFile=${results}`, `--maxWorkers=${WORKERS[project] ?? 1}`],
    results,
  }
}

export const STATIC_STEPS: readonly Step[] = [
  { name: 'format', script: 'oxfmt/bin/oxfmt', args: ['--check', '.'] },
  { name: 'lint', script: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'types', script: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of web', script: 'typescript/bin/tsc', args: ['-p', 'web'] },
  // Written here, once: what compiles them later finds them as they are, and changes nothing under another's feet.
  { name: 'types of functions', script: 'typescript/bin/tsc', args: ['-p', 'functions'] },
]

export const UNIT = suite('unit')

/** Runs all of them, also after one has failed; prints `N passed, N failed` last. Returns the exit code. */
export async function runSteps(steps: readonly Step[]): Promise<number> {
  mkdirSync(RESULTS, { recursive: true })
  let passed = 0
  let failed = 0
  for (const step of steps) {
    const started = performance.now()
    if (step.results !== undefined) rmSync(step.results, { force: true })
    const code = await run(step)
    const counted = count(step, code)
    passed += counted.passed
    failed += counted.failed
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stderr.write(`${step.name}: ${counted.passed} passed, ${counted.failed} failed in ${seconds} s\n`)
  }
  process.stderr.write('\n')
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return failed === 0 && passed > 0 ? 0 : 1
}

/** A suite that could not be run at all, or that failed without a failed test, counts as a failure. */
function count({ results }: Step, code: number): { readonly passed: number; readonly failed: number } {
  if (results === undefined || !existsSync(results))
    return code === 0 && results === undefined ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(results, 'utf8')) as {
    readonly numPassedTests: number
    readonly numFailedTests: number
    readonly numFailedTestSuites: number
  }
  const failed = Math.max(numFailedTests, numFailedTestSuites, code === 0 ? 0 : 1)
  return { passed: numPassedTests, failed }
}

/** What a step prints goes to standard error: standard output is for the count. */
function run({ script, args }: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
      cwd: ROOT,
      // Some hundred processes load the same code.
      env: { ...process.env, NODE_OPTIONS, NODE_COMPILE_CACHE: join(CACHE, 'compiled') },
      stdio: ['ignore', 2, 2],
    })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
