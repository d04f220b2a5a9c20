import { planReplay, startReplay, type Replay, type ReplayCounts } from '../functions/src/api/replay.ts'
import { selectionProblem } from '../functions/src/api/selection.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { ERROR_CODES } from '../functions/src/contract/outcomes.ts'
import { Ledger } from '../functions/src/ledger/ledger.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { print, UsageError, type Command } from './command.ts'
import { adminRedrive } from './redrive.ts'
import { ProgressLine } from './terminal.ts'

export const replay: Command = {
  help: `  replay                         shows how many failed images could be tried again, and how many no longer; with --start does it
    --customer C --image ID      of one customer, or one image of it
    --from DAY --to DAY          those that arrived on these days; of all customers where none is named
    --reason CODE                those that failed for this reason, such as processor-failed
    --start                      starts: what fails again stays as it was
`,
  changes: (_args, { start }) => start,
  async run(_args, { customer: customerId, image: imageId, from, to, reason: code, start }) {
    const reason = ERROR_CODES.find((each) => each === code)
    if (code !== undefined && reason === undefined)
      throw new UsageError(`replay: the reason ${JSON.stringify(code)}: expected one of ${ERROR_CODES.join(', ')}`)
    const problem = selectionProblem({ customerId, imageId, from, to })
    if (problem !== null) throw new UsageError(`replay: ${problem}`)
    if (imageId !== undefined && (reason ?? from ?? to) !== undefined) {
      throw new UsageError('replay: one image is named by --customer and --image alone')
    }
    const filter = {
      ...(customerId && { customerId }),
      ...(from && { from }),
      ...(to && { to }),
      ...(reason && { reason }),
    }
    const selection = customerId && imageId ? [{ customerId, imageId }] : filter
    const settings = parseSettings(process.env)
    await using store = new FirestoreStore()
    const line = new ProgressLine()
    const deps: Replay = {
      store,
      raw: new CloudObjects(settings.rawBucket),
      ledger: new Ledger(store, settings),
      redrive: adminRedrive(settings),
    }
    const progress = ({ matching }: ReplayCounts) => line.show(`${matching} failed images looked at`)
    const plan = await planReplay(deps, selection, { progress })
    line.end()
    print(`${plan.matching} failed images match`)
    printCounts(plan, 'can be tried again')
    if (!start) {
      if (plan.replayable > 0) print('nothing was changed; add --start to start')
      return 0
    }
    const started = await startReplay(deps, selection, { progress })
    line.end()
    print('started')
    printCounts(started, 'are being tried again')
    return 0
  },
}

function printCounts({ replayable, rawExpired, busy, deleted }: ReplayCounts, what: string): void {
  print(`${String(replayable).padStart(8)} ${what}`)
  print(`${String(busy).padStart(8)} are being tried already`)
  print(`${String(rawExpired).padStart(8)} no longer can: their original has expired (raw-expired)`)
  print(`${String(deleted).padStart(8)} are left out: their owner deleted them`)
}
