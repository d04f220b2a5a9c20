import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT, STATE } from '../../stack/paths.ts'
import { takePorts, type Ports } from '../../stack/ports.ts'
import { markedProcesses } from '../../stack/processes.ts'
import { ownPorts } from './own-ports.ts'

interface Run {
  readonly process: ChildProcess
  readonly id: string
  readonly ports: Ports
  readonly lines: string[]
}

async function begin(): Promise<Run> {
  const program = [join(__dirname, 'keep-running.ts'), String(await ownPorts())]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const up = Promise.withResolvers<void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.split('\n').filter((line) => line !== ''))
    up.resolve()
  })
  await Promise.race([up.promise, once(child, 'exit')])
  const { ports, logFolder } = JSON.parse(lines[0] ?? '') as { ports: Ports; logFolder: string }
  return { process: child, id: basename(logFolder), ports, lines }
}

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}

const canBeTaken = (ports: Ports) =>
  takePorts(ports.hosting).then(
    async (held) => {
      await held.release()
      return true
    },
    () => false,
  )

/** Nothing runs, nothing lies about, and every port can be had again. */
async function expectNothingLeft({ id, ports }: Run): Promise<void> {
  expect(markedProcesses(id)).toEqual([])
  expect(readdirSync(ROOT).filter((name) => name.includes(id))).toEqual([])
  expect(existsSync(join(STATE, 'runs', id))).toBe(false)
  const again = await takePorts(ports.hosting)
  await again.release()
}

describe('a stack leaves nothing behind', () => {
  it('after a signal', async () => {
    const run = await begin()
    expect(markedProcesses(run.id).length).toBeGreaterThanOrEqual(2)
    run.process.kill('SIGTERM')
    const [code] = await once(run.process, 'exit')
    expect(code).toBe(0)
    await expectNothingLeft(run)
  }, 120_000)

  it('after one of its parts has died, and says which and where its log is', async () => {
    const run = await begin()
    const part = markedProcesses(run.id).find(({ command }) => command.includes('launch.py'))
    process.kill(part?.pid ?? 0, 'SIGKILL')
    const [code] = await once(run.process, 'exit')
    expect(code).toBe(3)
    expect(run.lines.at(-1)).toMatch(/the BigQuery stand-in ended \(SIGKILL\): .*bigquery\.log says why/)
    await expectNothingLeft(run)
  }, 120_000)

  it('after the process that started it was killed without a chance to clean up', async () => {
    const run = await begin()
    run.process.kill('SIGKILL')
    await once(run.process, 'exit')
    await until(() => markedProcesses(run.id).length === 0 && !existsSync(join(STATE, 'runs', run.id)))
    await until(() => readdirSync(ROOT).every((name) => !name.includes(run.id)))
    // What ended by itself before the watchdog looked may still hold a port.
    await until(() => canBeTaken(run.ports))
    await expectNothingLeft(run)
  }, 120_000)
})
