import { keepVersion } from '../functions/src/api/profiles.ts'
import { planReprocess, startReprocess, type Reprocess, type ReprocessCounts } from '../functions/src/api/reprocess.ts'
import { selectionProblem } from '../functions/src/api/selection.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { profileSource } from '../functions/src/intake/profile-source.ts'
import { Ledger } from '../functions/src/ledger/ledger.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { PROFILES } from '../functions/src/processing/profiles.ts'
import { print, UsageError, type Command } from './command.ts'
import { adminRedrive } from './redrive.ts'
import { ProgressLine } from './terminal.ts'

export const reprocess: Command = {
  help: `  reprocess                      shows how many images could be processed once more, and how many no longer; with --start does it
    --customer C                 of one customer
    --image ID                   one image of it
    --from DAY --to DAY          those that arrived on these days (YYYY-MM-DD); of all customers where none is named
    --profile NAME               by this profile of the project's; else by the one that each image would get today
    --again                      also those that this very profile has made: where results were lost
    --start                      starts: results come beside the old ones, the figures follow, and what fails keeps its old results
`,
  changes: (_args, { start }) => start,
  async run(_args, { customer: customerId, image: imageId, from, to, profile: name, start, again }) {
    const selection = { customerId, imageId, from, to }
    const problem = selectionProblem(selection)
    if (problem !== null) throw new UsageError(`reprocess: ${problem}`)
    const named = name === undefined ? null : PROFILES.profiles.get(name)
    if (named === undefined) {
      throw new UsageError(`there is no profile ${name}: expected one of ${[...PROFILES.profiles.keys()].join(', ')}`)
    }
    const settings = parseSettings(process.env)
    await using store = new FirestoreStore()
    const profileFor = profileSource(store, PROFILES, () => performance.now())
    const kept = new Set<string>()
    const line = new ProgressLine()
    const deps: Reprocess = {
      store,
      raw: new CloudObjects(settings.rawBucket),
      ledger: new Ledger(store, settings),
      redrive: adminRedrive(settings),
      async versionFor({ customerId: owner, source, input }) {
        const image = { customerId: owner, source, format: input?.format ?? 'unknown', pinned: null } as const
        const profile = named ?? (await profileFor(image))
        if (start && !kept.has(profile.version)) await keepVersion(store, profile)
        kept.add(profile.version)
        return profile.version
      },
      again,
      progress: ({ matching }) => line.show(`${matching} images looked at`),
    }
    const plan = await planReprocess(deps, selection)
    line.end()
    print(`${plan.matching} images match`)
    printCounts(plan, 'can be reprocessed')
    if (!start) {
      if (plan.reprocessable > 0) print('nothing was changed; add --start to start')
      return 0
    }
    const started = await startReprocess(deps, selection)
    line.end()
    print('started')
    printCounts(started, 'are being reprocessed')
    return 0
  },
}

function printCounts({ reprocessable, rawExpired, busy, already }: ReprocessCounts, what: string): void {
  print(`${String(reprocessable).padStart(8)} ${what}`)
  print(`${String(already).padStart(8)} have been by this profile, or wait for it`)
  print(`${String(busy).padStart(8)} are at work otherwise`)
  print(`${String(rawExpired).padStart(8)} no longer can: their original has expired (raw-expired)`)
}
