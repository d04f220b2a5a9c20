/** `npm test`: everything, or the suites that are named. The last line says how many passed and failed. */
import { runSteps, STATIC_STEPS, suite, UNIT } from './steps.ts'

const SUITES = [UNIT, suite('rules'), suite('faults'), suite('emulator'), suite('browser')]
const names = SUITES.map(({ name }) => name)
const wanted = process.argv.slice(2)

const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  const said = unknown[0] === '--help' ? '' : `There is no suite ${JSON.stringify(unknown[0])}.\n`
  process.stderr.write(
    `${said}npm test                runs everything\nnpm test -- SUITE...    runs only these: ${names.join(', ')}\n`,
  )
  process.exit(said === '' ? 0 : 2)
}
const steps = wanted.length === 0 ? [...STATIC_STEPS, ...SUITES] : SUITES.filter(({ name }) => wanted.includes(name))
process.exit(await runSteps(steps))
