/** The BigQuery stand-in: local-bigquery from PyPI, which needs Python 3.13. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MissingPart } from './found.ts'
import { CACHE, ROOT } from './paths.ts'
import type { Ports } from './ports.ts'
import { startService, type Service } from './processes.ts'
import { findPython } from './python.ts'

const FOLDER = join(ROOT, 'stack', 'bigquery')
const PYTHON = '3.13'
/** Far longer than it takes. */
const START_SECONDS = 90
const run = promisify(execFile)

export interface BigQueryOptions {
  readonly projectId: string
  readonly ports: Ports
  readonly env: NodeJS.ProcessEnv
  readonly logFolder: string
  readonly dataFolder: string
  readonly log: (line: string) => void
}

/** Resolves once it answers. Throws a {@link MissingPart} where there is no Python for it. */
export async function startBigQuery(
  options: BigQueryOptions,
  started: (service: Service) => Service,
): Promise<Service> {
  const { projectId, ports, env, logFolder, dataFolder } = options
  const python = await environmentPython(options.log)
  const url = `http://127.0.0.1:${ports.bigQuery}/bigquery/v2/projects/${projectId}/datasets`
  const args = [
    join(FOLDER, 'launch.py'),
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    String(ports.bigQuery),
    '--grpc-port',
    String(ports.bigQueryGrpc),
    '--project',
    projectId,
    '--data-dir',
    dataFolder,
  ]
  const service = started(
    startService({
      name: 'BigQuery stand-in',
      command: python,
      args,
      cwd: logFolder,
      env,
      logFile: join(logFolder, 'bigquery.log'),
    }),
  )
  const deadline = performance.now() + START_SECONDS * 1000
  for (;;) {
    if (service.hasEnded()) throw new Error(`the BigQuery stand-in ended while starting: ${service.logFile} says why`)
    if (await answers(url)) return service
    if (performance.now() > deadline)
      throw new Error(`the BigQuery stand-in does not answer after ${START_SECONDS} s: see ${service.logFile}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    // Not yet.
    return false
  }
}

/** A virtual environment with what requirements.txt names, made once; made anew where that changes. */
async function environmentPython(log: (line: string) => void): Promise<string> {
  const requirements = join(FOLDER, 'requirements.txt')
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const environment = join(CACHE, `bigquery-${hash}`)
  const inside = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'
  const python = join(environment, inside)
  if (existsSync(join(environment, '.complete'))) return python
  const base = bigQueryPython()
  log('BigQuery stand-in: installing it (once)')
  rmSync(environment, { recursive: true, force: true })
  await run(base, ['-m', 'venv', environment])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    maxBuffer: 1 << 26,
  })
  writeFileSync(join(environment, '.complete'), '')
  return python
}

function bigQueryPython(): string {
  const found = findPython((version) => version === PYTHON)
  if (found !== null) return found
  throw new MissingPart(
    `The BigQuery stand-in needs Python ${PYTHON}, and none was found in DARKROOM_PYTHON, PATH, pyenv or the usual folders.`,
    `install Python ${PYTHON}, or set DARKROOM_PYTHON to its executable.`,
    'everything runs but the export to BigQuery.',
  )
}
