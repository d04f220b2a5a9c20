import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { clearOverride, readOverride, setOverride } from '../functions/src/api/profiles.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { stepData, type Profile } from '../functions/src/processing/profile.ts'
import { PROFILES } from '../functions/src/processing/profiles.ts'
import { print, UsageError, type Command } from './command.ts'

export const profile: Command = {
  help: `  profile list                   the project's profiles: processors and settings, as profiles.ts has them
  profile show CUSTOMER          a customer's own profiles, as JSON
  profile set CUSTOMER FILE      gives a customer profiles of its own, from a JSON file:
                                 { "profiles": { "marked": [{ "use": "watermark", "settings": { "text": "Acme" } }, { "use": "renditions" }] },
                                   "choose": [{ "formats": ["jpeg"], "profile": "marked" }] }
  profile clear CUSTOMER         the project's profiles apply to it again
`,
  changes: ([action]) => action === 'set' || action === 'clear',
  async run([action, customer, file]) {
    if (action === 'list') {
      for (const one of PROFILES.profiles.values()) printProfile(one)
      print(`for customers' own there are ${[...PROFILES.processors.keys()].join(', ')}`)
      return 0
    }
    if (customer === undefined) throw new UsageError(`profile ${action ?? ''}: expected a customer`)
    await using store = new FirestoreStore()
    switch (action ?? '') {
      case 'show': {
        const own = await readOverride(store, customer)
        print(own === null ? `${customer} has none of its own: the project's apply` : JSON.stringify(own, null, 2))
        return 0
      }
      case 'set': {
        if (file === undefined) throw new UsageError('profile set: expected a customer and a file')
        const { profiles } = await setOverride(store, PROFILES, customer, readJson(file), userInfo().username)
        for (const one of profiles.values()) if (!PROFILES.profiles.has(one.name)) printProfile(one)
        print(`${customer} has these from now on; functions that are running take them up within a minute`)
        return 0
      }
      case 'clear':
        await clearOverride(store, customer)
        print(`the project's profiles apply to ${customer}; functions that are running take it up within a minute`)
        return 0
      default:
        throw new UsageError(`profile ${JSON.stringify(action)}: expected list, show, set or clear`)
    }
  },
}

function printProfile({ name, version, steps }: Profile): void {
  print(`${name} (version ${version})`)
  for (const { use, settings } of steps.map(stepData)) print(`  ${use} ${JSON.stringify(settings)}`)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    throw new UsageError(`${file} can't be read as JSON: ${(error as Error).message}`)
  }
}
