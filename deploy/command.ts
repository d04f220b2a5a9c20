/** What `npm run deploy` does, step by step; the programs and clients that it uses are given to it. */
import { checks, type ToDeploy } from './checks.ts'
import { deployedFunctions, surplusProblem } from './functions.ts'
import { hostingConfigFile } from './hosting.ts'
import { indexesBuilt } from './indexes.ts'
import type { SmokeResult } from './smoke.ts'
import type { GoogleApi } from '../provision/resource.ts'

export const HELP = `Brings the project to what stands in this folder: checks, provision, functions, rules, indexes, the web page, and one image from end to end.
It stops at the first thing that is not right, says what to do, and can be run again at any time: what is done already is found done.

npm run deploy -- --project P [OPTIONS]
  --project P     the project's id, or its alias in .firebaserc (staging, production): by your application default credentials
                  (gcloud auth application-default login), with the settings in functions/.env and functions/.env.P
  --dry-run       only reads: the checks, what provision would change, and the commands that would run
  --skip-provision
                  for whoever has only the rights that npm run provision gives by --github or --deployer: an owner has provisioned
  --skip-smoke    without the image at the end
  --json          the result as one line of JSON, on standard output
  --help          this

Exit code: 0 deployed, and an image came through; 1 something is not right; 2 the command line is wrong.
`

export interface Deployment extends ToDeploy {
  readonly dryRun: boolean
  readonly skipSmoke: boolean
}

export interface Tools {
  readonly api: GoogleApi
  /** Standard error: what is being done. */
  readonly say: (line: string) => void
  /** `npm run provision`, in this process. Resolves with its exit code. */
  readonly provision: (dryRun: boolean) => Promise<number>
  /** Writes what is missing into .firebaserc and functions/.env.P, and returns a line for each file that it has changed. */
  readonly completeFiles: () => readonly string[]
  /** The project's own firebase-tools; for the page with the configuration of hosting.ts, which its arguments name. Resolves with its exit code. */
  readonly firebase: (args: readonly string[]) => Promise<number>
  readonly smokeTest: () => Promise<SmokeResult>
  /** Milliseconds, never going back. */
  readonly clock: () => number
}

export type Outcome =
  | { readonly ok: true; readonly steps: readonly string[]; readonly smoke: SmokeResult | null }
  | { readonly ok: false; readonly steps: readonly string[]; readonly failed: string; readonly problem: string }

/** Rules and indexes before the code that rests on them, the page last. https://firebase.google.com/docs/cli#deployment */
export const DEPLOYED = [
  { step: 'rules and indexes', only: 'firestore,storage' },
  { step: 'functions', only: 'functions' },
  { step: 'web page', only: 'hosting' },
] as const

/**
 * Where nobody answers, firebase-tools refuses a function that is retried (processImage) when it is new, unless it is forced. Forced, it also deletes
 * functions that the code has no longer: {@link surplusProblem} looks for them before. Indexes are never forced, which would delete those that somebody has added.
 */
export const firebaseArguments = (only: string, project: string): readonly string[] => [
  'deploy',
  '--only',
  only,
  '--project',
  project,
  '--non-interactive',
  ...(only === 'functions' ? ['--force'] : []),
  ...(only === 'hosting' ? ['--config', hostingConfigFile(project)] : []),
]

/** Google gives Eventarc's agent its rights with the project's first trigger, and they take some minutes to hold. https://cloud.google.com/eventarc/docs/troubleshooting */
const EVENTARC_MS = 3 * 60_000

class Stopped extends Error {}

/** What goes wrong is in the outcome; only a defect of this code is thrown. */
export async function deploy(tools: Tools, deployment: Deployment): Promise<Outcome> {
  const { say, api } = tools
  const { project, dryRun } = deployment
  const done: string[] = []
  let smoke: SmokeResult | null = null
  let now = ''
  const step = async (name: string, work: () => Promise<void>) => {
    now = name
    say(`== ${name}`)
    await work()
    done.push(name)
  }
  const provisioned = async () => {
    if ((await tools.provision(dryRun)) !== 0) throw new Stopped('what it printed above says why')
  }
  try {
    await step('checks', () => check(api, deployment, say))
    if (!dryRun) for (const line of tools.completeFiles()) say(line)
    if (!deployment.skipProvision) {
      await step('provision', provisioned)
      // Some could not be asked before provision had enabled their API.
      if (!dryRun) await step('checks once more', () => check(api, deployment, say))
    }
    for (const { step: name, only } of DEPLOYED) {
      const args = firebaseArguments(only, project)
      if (dryRun) {
        say(`would run: firebase ${args.join(' ')}`)
        continue
      }
      await step(name, async () => {
        if (name === 'functions') await deployFunctions(tools, deployment, args)
        else await firebase(tools, args)
        if (name === 'rules and indexes') await indexesBuilt(api, project, { say, clock: tools.clock })
      })
      // Who may call a function can only be said once it is there; till then its events wait.
      if (name === 'functions' && !deployment.skipProvision) await step('provision what was deployed', provisioned)
    }
    if (dryRun || deployment.skipSmoke) say(`${dryRun ? 'would put' : 'not put'} an image through it (smoke test)`)
    else await step('smoke test', async () => void (smoke = await tools.smokeTest()))
    return { ok: true, steps: done, smoke }
  } catch (error) {
    const { name, message } = error as Error
    if (
      !(error instanceof Stopped) &&
      !['ApiError', 'Obstacle', 'SettingsError', 'SmokeFailed', 'Error'].includes(name)
    )
      throw error
    say(`stopped at: ${now}. ${message}`)
    say(`done: ${done.join(', ') || 'nothing'}. Mend that, and run the same command again.`)
    return { ok: false, steps: done, failed: now, problem: message }
  }
}

async function firebase(tools: Tools, args: readonly string[], hint = ''): Promise<void> {
  if ((await tools.firebase(args)) !== 0)
    throw new Stopped(`firebase ${args.join(' ')} failed: what it printed above says why${hint}`)
}

async function deployFunctions(tools: Tools, deployment: Deployment, args: readonly string[]): Promise<void> {
  const { api, say } = tools
  const { project, location, functions, skipProvision } = deployment
  const there = await deployedFunctions(api, project)
  // Once more, right before it: what is found here would be deleted.
  const surplus = surplusProblem(there, functions, project, location)
  if (surplus !== null) throw new Stopped(surplus)
  const added = functions.filter((name) => !there.some((each) => each.name === name))
  const quota = `Where the region's CPU quota is less than maxInstances in functions/src/index.ts (50 for processImage; new projects may have 20), firebase-tools makes a function again and again: raise CpuAllocPerProjectRegion (https://console.cloud.google.com/iam-admin/quotas?project=${project}), or lower maxInstances`
  if (added.includes('processImage')) {
    say(`processImage is new: this takes ten minutes or so. ${quota}`)
    if ((await tools.firebase(args)) !== 0) {
      say(
        'it failed. With the first trigger of a project that may be Eventarc, whose rights come late: once more in three minutes',
      )
      await api.pause(EVENTARC_MS)
      await firebase(tools, args, `. ${quota}`)
    }
  } else await firebase(tools, args, `. ${quota}`)
  if (skipProvision && added.length > 0)
    say(
      `new: ${added.join(', ')}. Who may call them is not said yet, so that what calls them waits. An owner: npm run provision -- --project ${project}`,
    )
}

async function check(api: GoogleApi, deployment: Deployment, say: (line: string) => void): Promise<void> {
  const found = await checks(api, deployment)
  for (const { what, problem } of found) say(problem === null ? `   ${what}: ok` : `   ${what}: NOT OK: ${problem}`)
  const wrong = found.filter(({ problem }) => problem !== null)
  if (wrong.length > 0) throw new Stopped(wrong.map(({ what, problem }) => `${what}: ${problem ?? ''}`).join('; '))
}
