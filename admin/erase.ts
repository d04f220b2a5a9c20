import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { eraseCustomer, type EraseDeps, type ErasureReport } from '../functions/src/api/erase.ts'
import { isNothing, planErasure, type ErasurePlan } from '../functions/src/api/erase-plan.ts'
import { resultsEnd } from '../functions/src/api/erase-outlives.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import type { Instant } from '../functions/src/ledger/instant.ts'
import { AuthUsers } from '../functions/src/platform/auth-users.ts'
import { newRunId } from '../functions/src/platform/compose-export.ts'
import { warehouseOf } from '../functions/src/platform/compose-warehouse.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { print, UsageError, type Command, type Options } from './command.ts'
import { ask } from './terminal.ts'

/** The exit code where the same command has to be given once more, later. */
export const WAITS = 3

export const eraseCustomerCommand: Command = {
  help: `  erase-customer CUSTOMER        shows what there is of a customer, and what will outlive it; changes nothing
    --start                      deletes it: users, records, raw objects, results, rows in BigQuery; counters stay under a pseudonym. Asks for the
                                 id once more. May be broken off and started again. Exits ${WAITS} where something has to wait, such as results
                                 that the retention policy keeps: it says until when
    --confirm CUSTOMER           the id once more, where nobody can be asked
    --finish                     goes on with one that was started, and asks nothing
`,
  changes: (_args, { start, finish }) => start || finish,
  hides: ([customer = '']) => [customer],
  async run([customer = '', ...more], options) {
    if (customer === '' || more.length > 0) throw new UsageError('erase-customer: expected one customer')
    const settings = parseSettings(process.env)
    await using store = new FirestoreStore()
    const deps: EraseDeps = {
      store,
      raw: new CloudObjects(settings.rawBucket),
      processed: new CloudObjects(settings.processedBucket),
      warehouse: warehouseOf(settings),
      users: new AuthUsers(),
      settings,
      runId: newRunId(),
      sleep: async (milliseconds) => setTimeout(milliseconds),
      pseudonym: () => `erased-${Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`,
      tell: (progress) => process.stderr.write(`${progress}\n`),
    }
    const plan = await planErasure(deps, customer)
    if (isNothing(plan)) {
      process.stderr.write(`there is nothing of a customer ${customer}: is the id right?\n`)
      return 1
    }
    printPlan(plan, settings.retentionDays)
    if (!options.start && !options.finish) {
      print('nothing was changed; add --start to start')
      return 0
    }
    await confirm(customer, plan, options)
    const report = await eraseCustomer(deps, customer)
    printReport(report)
    return report.outcome === 'finished' ? 0 : WAITS
  },
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Throws a UsageError where it is not meant. */
async function confirm(customer: string, { erasure }: ErasurePlan, options: Options): Promise<void> {
  if (options.finish && erasure === null) {
    throw new UsageError('erase-customer --finish: nothing of this customer was deleted yet: expected --start')
  }
  // What was confirmed once need not be again.
  if (options.finish) return
  const typed =
    options.confirm ?? (await askTwice('This cannot be undone. Type the id of the customer once more: ')).trim()
  if (typed !== customer) throw new UsageError('the id that was typed is another: nothing was changed')
}

function askTwice(question: string): Promise<string> {
  if (ask === null) {
    throw new UsageError('erase-customer --start: there is no terminal to ask at: expected --confirm CUSTOMER')
  }
  return ask(question)
}

const count = (number: number, what: string) => print(`${number.toLocaleString('en').padStart(12)} ${what}`)
const day = (time: Instant) => time.toString().slice(0, 10)
const size = (bytes: number) => `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`

function printPlan(plan: ErasurePlan, retentionDays: number): void {
  const { erasure, users, raw, results, rows } = plan
  if (erasure !== null) {
    const until = erasure.finishedAt === null ? 'not finished' : `finished on ${day(erasure.finishedAt)}`
    print(
      `its deletion was started on ${day(erasure.startedAt)}, and is ${until}; its counters are ${erasure.pseudonym}'s`,
    )
  }
  const admins = users.filter(({ admin }) => admin).length
  const end = resultsEnd(results, retentionDays)
  count(users.length, `users who sign in${admins > 0 ? `, of whom ${admins} are admins of Darkroom` : ''}`)
  count(plan.records, `records of images${plan.open > 0 ? `, of which ${plan.open} are at work or wait for it` : ''}`)
  count(plan.days, 'days with counters, which stay under a pseudonym')
  count(raw.objects, `raw objects, ${size(raw.bytes)}`)
  count(
    results.objects,
    `results, ${size(results.bytes)}${end === null ? '' : `; where the bucket has its retention policy the last goes by ${day(end)}`}`,
  )
  if (rows === null) print(`BigQuery could not be asked: ${plan.unread ?? ''}`)
  else {
    count(rows.images, 'rows of images in BigQuery')
    count(
      rows.stats,
      `rows of counters in BigQuery, which stay under a pseudonym; the statements read ${size(rows.bytesRead)}`,
    )
  }
  if (plan.profiles) print('profiles of its own')
  if (plan.quota) print('a quota of its own')
}

function printReport({ outcome, until, pseudonym, outlives }: ErasureReport): void {
  print(`deleted; counters stay under ${pseudonym}. What outlives it:`)
  for (const one of outlives) print(`  ${one.until === null ? '?'.padEnd(10) : day(one.until)}  ${one.what}`)
  if (outcome === 'finished') print('finished')
  else
    print(`give the same command with --finish after ${until === null ? 'a while' : until.toString().slice(0, 16)} UTC`)
}
