import { rollUpNow } from '../functions/src/platform/compose-rollup.ts'
import { print, UsageError, type Command } from './command.ts'

/** So long that only what nobody wants to wait for is left to the function. */
const SECONDS = 3600

export const rollup: Command = {
  help: `  rollup                         brings what the admin's page reads up with the counters, as the function does every minute
    --again                      builds all of it anew from the counters: a read for each of their documents. The page shows what there is meanwhile
    --json                       as one line of JSON
`,
  changes: (_args, { again }) => again,
  async run(args, { again, json }) {
    if (args.length > 0) throw new UsageError(`rollup ${args.join(' ')}: expected options alone`)
    const done = await rollUpNow(SECONDS, { again })
    if (json) print(JSON.stringify(done))
    else {
      const { days, customers, changed, checked, differing, left } = done
      print(`${days} customers' days of ${customers} customers read, of which ${changed} were not rolled up`)
      print(`${checked} days checked, of which ${differing} were wrong`)
      print(left === 0 ? 'nothing is left' : `${left} days are left to the function, which goes on from here`)
    }
    return 0
  },
}
