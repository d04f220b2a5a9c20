/** Run as a process of its own by processes.ts: `watchdog.ts ID FILE...`. Our standard input ends when whoever started us has ended. */
import { rmSync } from 'node:fs'
import { endAll } from './processes.ts'

const [id = '', ...files] = process.argv.slice(2)
process.stdin.resume()
process.stdin.on('end', () => {
  void endAll(id, [], 0).finally(() => {
    for (const file of files) rmSync(file, { recursive: true, force: true })
    process.exit()
  })
})
