/** `npm run admin`: what an operator does by hand. Talks to the running local stack, or to a project that is named. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { ROOT } from '../stack/paths.ts'
import { runningStack } from '../stack/running.ts'
import { profile } from './profile.ts'
import { reprocess } from './reprocess.ts'
import { UsageError, type Command } from './command.ts'

const COMMANDS: Readonly<Record<string, Command>> = { profile, reprocess }

const HELP = `What an operator does by hand: with the running local stack (npm start), or with a project by --project.

${Object.values(COMMANDS)
  .map(({ help }) => help)
  .join('\n')}
  --project P   a real project: by your application default credentials (gcloud auth application-default login), with the
                settings in functions/.env and functions/.env.P
`

/** Sets the environment as the functions have it. Throws a UsageError where there is nothing to talk to. */
function connect(project: string | undefined): void {
  if (project === undefined) {
    // Whoever names emulators means them.
    if (process.env['FIRESTORE_EMULATOR_HOST'] !== undefined) return
    const running = runningStack()
    if (running === null) {
      throw new UsageError('no local stack is running: npm start in another terminal, or name a project by --project')
    }
    Object.assign(process.env, running.env)
    return
  }
  for (const name of ['.env', `.env.${project}`]) {
    const file = join(ROOT, 'functions', name)
    if (existsSync(file)) Object.assign(process.env, parseEnv(readFileSync(file, 'utf8')))
  }
  process.env['GCLOUD_PROJECT'] = project
  process.env['RAW_BUCKET'] ??= `${project}-raw`
  process.env['PROCESSED_BUCKET'] ??= `${project}-processed`
}

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      strict: true,
      options: {
        project: { type: 'string' },
        customer: { type: 'string' },
        image: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        profile: { type: 'string' },
        start: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const [name = '', ...rest] = positionals
    if (values.help || name === '') {
      process.stdout.write(HELP)
      return values.help ? 0 : 2
    }
    const command = COMMANDS[name]
    if (command === undefined) {
      throw new UsageError(
        `there is no command ${JSON.stringify(name)}: expected ${Object.keys(COMMANDS).join(' or ')}`,
      )
    }
    connect(values.project)
    return await command.run(rest, values)
  } catch (error) {
    const isUsage =
      error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
    const named = ['ProfileError', 'SettingsError'].includes((error as Error).name) || error instanceof RangeError
    process.stderr.write(`${isUsage || named ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`)
    if (isUsage) process.stderr.write('npm run admin -- --help lists the commands.\n')
    return isUsage ? 2 : 1
  }
}

process.exitCode = await main()
// Clients that keep a connection open must not keep the process.
process.exit()
