/** `npm test`: everything. The last line says how many passed and failed. */
import { runSteps, STATIC_STEPS, suite, UNIT } from './steps.ts'

process.exit(
  await runSteps([...STATIC_STEPS, UNIT, suite('rules'), suite('faults'), suite('emulator'), suite('browser')]),
)
