/**
 * What the functions do with raw objects, by their own code and in one process: the functions emulator would start one for each of a burst.
 * Takes objects' names as arguments; `export` instead exports.
 */
import { inParallel } from '../../demo/parallel.ts'
import { exportNow } from '../../functions/src/platform/compose-export.ts'
import { receiveObject } from '../../functions/src/platform/compose.ts'

await inParallel(process.argv.slice(2), 8, async (name) => {
  if (name === 'export') await exportNow(60)
  else await receiveObject(name, 'event')
})
process.exit()
