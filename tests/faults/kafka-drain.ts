/** One run of the bridge as the function makes it. */
import { bridgeNow } from '../../functions/src/platform/compose-bridge.ts'

await bridgeNow(30)
process.exit()
