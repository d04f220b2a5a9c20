/** `npm run check`: what takes seconds. */
import { runSteps, STATIC_STEPS, UNIT } from './steps.ts'

process.exit(await runSteps([...STATIC_STEPS, UNIT]))
