import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const start = (...args: string[]) =>
  spawnSync(process.execPath, [join(__dirname, 'main.ts'), ...args], { encoding: 'utf8' })

it.each([
  [['--port-base', '80'], '--port-base is "80": expected a number from 1024 to 65000'],
  [['--port-base', 'x'], '--port-base is "x"'],
  [['--json'], '--json is of use with --once only'],
  [['--empty', '--images', '.'], '--empty and --images exclude each other'],
  [['--onec'], "Unknown option '--onec'"],
])('%j is refused before anything is started, and the help is named', (args, message) => {
  const { status, stdout, stderr } = start(...args)
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(message)
  expect(stderr).toContain('npm start -- --help')
})

it('--help lists every option', () => {
  const { status, stdout } = start('--help')
  expect(status).toBe(0)
  for (const option of ['--once', '--json', '--images DIR', '--empty', '--port-base N'])
    expect(stdout).toContain(option)
})
