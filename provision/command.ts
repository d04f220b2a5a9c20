/** What `npm run provision` does, but for the terminal and Google. */
import { isUsageError, UsageError } from '../admin/command.ts'
import { apply, onlyReading, plan, type Outcome } from './engine.ts'
import { lockRetention } from './lock.ts'
import { printedOutcome, printedPlan } from './print.ts'
import { readProject } from './project.ts'
import type { GoogleApi, Resource } from './resource.ts'
import { githubOf } from './github.ts'
import { DEPLOYER } from './iam.ts'
import { resourcesOf } from './resources.ts'
import { openBrokers } from './topics-kafkajs.ts'
import type { OpenBrokers } from './topics.ts'
import { verifyRetention } from './verify.ts'

export const HELP = `Makes and updates in a project what firebase deploy does not: APIs, database, buckets, datasets, accounts, rights, alarms.
It says what differs, changes just that, and never deletes anything. It can be stopped and run again at any time.

npm run provision -- --project P [OPTIONS]
  --project P           the project's id, or its alias in .firebaserc: by your application default credentials
                        (gcloud auth application-default login), with the settings in functions/.env and functions/.env.P
  --dry-run             only says what would change
  --verify              only reads: fails where something is not as it should be, and says when the buckets delete
  --shorten-retention   lets what is kept longer than RETENTION_DAYS or RAW_DAYS say be kept shorter
  --lock-retention      makes the retention policy of the processed bucket irrevocable, once everything is as it should be.
                        It says what that means, and asks for the bucket's name
  --confirm-lock BUCKET the name, where nobody is there to type it
  --deployer MEMBER     gives who runs firebase deploy what that needs: serviceAccount:ci@P.iam.gserviceaccount.com,
                        user:somebody@example.com, group:..., principal://... or principalSet://...
  --github OWNER/REPO   lets GitHub Actions of this repository, spelled as GitHub does, deploy without a key: makes the account that they do it as, and
                        prints the two variables that go to GitHub. Better OWNER@OWNER_ID/REPO@REPO_ID: numbers are never given to another
  --environment NAME    the environment on GitHub whose jobs may; without it, the project's alias in .firebaserc
  --json                the result as one line of JSON, on standard output
  --help                this

Exit code: 0 all is as it should be, or was made so; 1 something was refused or is not as it should be; 2 the command line is wrong.
`

export interface Surroundings {
  readonly api: GoogleApi
  readonly env: Readonly<Record<string, string | undefined>>
  /** Standard output. */
  readonly out: (line: string) => void
  /** Standard error. */
  readonly say: (line: string) => void
  /** Asks whoever sits there; null where nobody does. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Kafka's, where there is a bridge; by kafkajs where this is left out. */
  readonly brokers?: OpenBrokers
}

export interface Wish {
  readonly projectId: string
  readonly dryRun: boolean
  readonly verify: boolean
  readonly lockRetention: boolean
  readonly confirmLock: string | null
  readonly shortenRetention: boolean
  /** Who is given what `firebase deploy` needs, as IAM writes it. */
  readonly deployer?: string
  /** OWNER/REPO, or OWNER@OWNER_ID/REPO@REPO_ID. */
  readonly github?: string
  /** On GitHub; the project's alias where none is named. */
  readonly environment?: string
  readonly json: boolean
}

export const isUsage = isUsageError

/** Returns the exit code. Throws a UsageError, a SettingsError, an Obstacle or an ApiError before anything is changed. */
export async function run(surroundings: Surroundings, wish: Wish): Promise<number> {
  assertUsable(surroundings, wish)
  const github = wish.github === undefined ? null : githubOf(wish.github, wish.environment ?? null)
  const { api, env, out, say } = surroundings
  const readsOnly = wish.dryRun || wish.verify
  const google = readsOnly ? onlyReading(api) : api
  const project = await readProject(google, wish.projectId, env, wish.shortenRetention)
  const brokers: OpenBrokers = surroundings.brokers ?? ((work) => openBrokers(project.settings.kafka, work))
  const resources = resourcesOf(project, { deployer: wish.deployer ?? null, github, brokers })

  say(`reading ${resources.length} resources of ${project.projectId}`)
  const planned = await plan(google, resources)
  const isSame = planned.every(({ result }) => result === 'same')
  if (!wish.json) out(isSame ? 'nothing to change' : printedPlan(planned))
  const notes = await notesOf(google, resources)
  for (const note of notes) say(`note: ${note}`)

  if (wish.verify) {
    const proofs = await verifyRetention(google, project, Date.now())
    const isKept = proofs.every(({ problems }) => problems.length === 0)
    if (wish.json) out(JSON.stringify({ ok: isSame && isKept, ...inJson(planned), notes, retention: proofs }))
    else
      for (const { bucket, lines, problems } of proofs) {
        for (const line of lines) out(`${bucket}: ${line}`)
        for (const problem of problems) out(`${bucket}: WRONG: ${problem}`)
      }
    if (!isSame || !isKept) say('not verified: what differs is listed above; npm run provision makes it right')
    return isSame && isKept ? 0 : 1
  }

  if (wish.dryRun) {
    const isPossible = planned.every(({ problem }) => problem === null)
    if (wish.json) out(JSON.stringify({ ok: isPossible, ...inJson(planned), notes }))
    return isPossible ? 0 : 1
  }

  const outcomes = await apply(google, planned, (outcome) => say(printedOutcome(outcome)))
  const failed = outcomes.filter(({ problem }) => problem !== null)
  if (failed.length > 0)
    say(`${failed.length} of ${outcomes.length} resources are not as they should be; mend that, and run this again`)
  let isLocked: boolean | null = null
  if (wish.lockRetention) {
    if (failed.length > 0) say('nothing is locked before everything is as it should be')
    else isLocked = await lockRetention(google, project, { say, confirm: confirmation(surroundings, wish) })
  }
  const ok = failed.length === 0 && (!wish.lockRetention || isLocked === true)
  if (wish.json) out(JSON.stringify({ ok, ...inJson(outcomes), notes, ...(isLocked !== null && { locked: isLocked }) }))
  return ok ? 0 : 1
}

function assertUsable({ ask }: Surroundings, wish: Wish): void {
  if (wish.projectId === '') throw new UsageError('there is no project: name it by --project')
  if (wish.deployer !== undefined && !DEPLOYER.test(wish.deployer))
    throw new UsageError(
      `--deployer is ${JSON.stringify(wish.deployer)}: expected user:, serviceAccount: or group: with an address, or principal://... as IAM writes it`,
    )
  if (wish.dryRun && wish.verify) throw new UsageError('--dry-run and --verify exclude each other')
  if ((wish.dryRun || wish.verify) && wish.lockRetention)
    throw new UsageError('--lock-retention changes something: leave out --dry-run and --verify')
  if (wish.confirmLock !== null && !wish.lockRetention)
    throw new UsageError('--confirm-lock belongs to --lock-retention, which is missing')
  if (wish.lockRetention && wish.confirmLock === null && ask === null)
    throw new UsageError(
      '--lock-retention asks for the bucket’s name, and nobody is there to type it: name it by --confirm-lock',
    )
}

const confirmation = ({ ask }: Surroundings, { confirmLock }: Wish) =>
  confirmLock === null && ask !== null ? ask : () => Promise.resolve(confirmLock ?? '')

async function notesOf(api: GoogleApi, resources: readonly Resource[]): Promise<readonly string[]> {
  const notes = await Promise.all(
    resources.map(async (resource) => {
      try {
        return (await resource.notes?.(api)) ?? []
      } catch (error) {
        // Why it can't be read is in the plan already.
        if (['ApiError', 'Obstacle'].includes((error as Error).name)) return []
        throw error
      }
    }),
  )
  return notes.flat()
}

function inJson(outcomes: readonly Outcome[]) {
  return {
    resources: outcomes.map(({ resource, result, difference, problem }) => ({
      name: resource.name,
      result,
      ...(difference !== null && { kind: difference.kind, changes: difference.changes }),
      ...(problem !== null && { problem }),
    })),
  }
}
