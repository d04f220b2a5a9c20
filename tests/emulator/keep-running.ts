/** A stack of two light parts in a process that a test may kill: prints its run as JSON once it is up, then waits. `keep-running.ts PORT_BASE` */
import { MissingPart } from '../../stack/found.ts'
import { startStack } from '../../stack/stack.ts'

try {
  const stack = await startStack({ parts: ['auth', 'bigquery'], portBase: Number(process.argv[2]), log: () => {} })
  process.on('SIGTERM', () => void stack.stop().then(() => process.exit(0)))
  process.stdout.write(`${JSON.stringify({ ports: stack.ports, logFolder: stack.logFolder })}\n`)
  const { message } = await stack.died
  process.stdout.write(`${message}\n`)
  process.exit(3)
} catch (error) {
  process.stdout.write(`${error instanceof MissingPart ? error.message : String(error)}\n`)
  process.exit(4)
}
