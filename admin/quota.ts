import { readLimits, setQuota } from '../functions/src/api/controls.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { limitOf, type OwnQuota } from '../functions/src/intake/own-limits.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { caller } from './audit.ts'
import { print, UsageError, type Command } from './command.ts'

export const quota: Command = {
  help: `  quota CUSTOMER                 shows how many images a customer may send a day
  quota CUSTOMER N               lets it send N a day; 0 is none at all
  quota CUSTOMER none            sets no limit
  quota CUSTOMER default         DAILY_QUOTA applies to it again
`,
  changes: (args) => args.length > 1,
  async run([customer, wanted, ...more], { project }) {
    if (customer === undefined || more.length > 0) throw new UsageError('quota: expected CUSTOMER, or CUSTOMER and N')
    await using store = new FirestoreStore()
    if (wanted !== undefined) await setQuota(store, customer, quotaOf(wanted), await caller(project))
    const own = (await readLimits(store, customer)).quota
    const { dailyQuota } = parseSettings(process.env)
    const limit = limitOf(own, dailyQuota)
    const many = limit === Infinity ? 'any number of images a day' : `${limit} images a day`
    print(`${customer} may send ${many} (${own === null ? 'DAILY_QUOTA' : 'its own quota'})`)
    if (wanted !== undefined) print('functions that are running take it up within a minute')
    return 0
  },
}

/** Null where the customer is to have none of its own. */
function quotaOf(wanted: string): OwnQuota | null {
  if (wanted === 'default') return null
  if (wanted === 'none') return { dailyImages: null }
  if (/^\d{1,15}$/.test(wanted)) return { dailyImages: Number(wanted) }
  throw new UsageError(`quota: ${JSON.stringify(wanted)}: expected a whole number of images a day, none or default`)
}
