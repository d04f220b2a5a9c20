/**
 * What package.json's scripts call: installs what is missing, then goes on in the Node 24 that was installed. Plain JavaScript, since
 * the machine's own Node may be older: nothing else in the project has to run in it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  // Nothing here runs in Google's cloud, and looking whether it does takes seconds where there is no network.
  METADATA_SERVER_DETECTION: 'none',
}

/** Runs `npm ci` in a folder unless the very same lockfile was installed there before. */
function install(folder, more) {
  const lock = join(root, folder, 'package-lock.json')
  const stamp = join(root, folder, 'node_modules', '.installed')
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  process.stderr.write(`installing ${join(folder, 'node_modules')} (once; some minutes)\n`)
  // npm's own output goes to standard error: standard output is for results.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...more], {
    cwd: join(root, folder),
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    process.stderr.write(
      `npm ci failed in ${join(root, folder)}: what it printed above says why. Try again once that is mended.\n`,
    )
    process.exit(result.status ?? 1)
  }
  mkdirSync(join(root, folder, 'node_modules'), { recursive: true })
  writeFileSync(stamp, hash)
}

// The first install may run in an older Node, of which some packages warn.
install('.', ['--engine-strict=false'])
install('functions', [])

const [command, ...args] = process.argv.slice(2)
const node = process.platform === 'win32' ? 'node.exe' : 'node'
const own = join(bin, node)
const program = existsSync(own) ? own : process.execPath
if (program === process.execPath && Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `npm has no Node 24 for ${process.platform} ${process.arch}, and this is Node ${process.versions.node}: install Node 24 or later.\n`,
  )
  process.exit(1)
}
// kafkajs sets timers to the past, of which Node warns.
const flags = ['--disable-warning=TimeoutNegativeWarning']
const child = spawn(program, [...flags, join(root, 'stack', `${command}.ts`), ...args], {
  cwd: root,
  env,
  stdio: 'inherit',
})
// Ctrl-C reaches the child by itself, since it is in the same group; a signal to this process alone does not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
// npm, told to end, ends its shell and not us: we then have another parent.
const parent = process.ppid
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
child.on('error', (error) => {
  process.stderr.write(`${program} can't be started: ${error.message}\n`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
