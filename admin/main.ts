/** `npm run admin`: what an operator does by hand. Talks to the running local stack, or to a project that is named. */
import { parseArgs } from 'node:util'
import { audit, withAudit } from './audit.ts'
import { connect } from './connect.ts'
import { dlq } from './dlq.ts'
import { eraseCustomerCommand } from './erase.ts'
import { explain } from './explain.ts'
import { exportCommand } from './export.ts'
import { admins, grant, revoke } from './grant.ts'
import { formats } from './formats.ts'
import { pause, resume, waiting } from './pause.ts'
import { profile } from './profile.ts'
import { quota } from './quota.ts'
import { replay } from './replay.ts'
import { reprocess } from './reprocess.ts'
import { rollup } from './rollup.ts'
import { scanCommand as scan } from './scan.ts'
import { isUsageError, UsageError, type Command } from './command.ts'
import { verify } from './verify.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  profile,
  replay,
  reprocess,
  dlq,
  pause,
  resume,
  waiting,
  quota,
  formats,
  grant,
  revoke,
  admins,
  audit,
  'erase-customer': eraseCustomerCommand,
  export: exportCommand,
  rollup,
  scan,
  verify,
  explain,
}

const HELP = `What an operator does by hand: with the running local stack (npm start), or with a project by --project.

${Object.values(COMMANDS)
  .map(({ help }) => help)
  .join('\n')}
  --project P   a real project: by your application default credentials (gcloud auth application-default login), with the
                settings in functions/.env and functions/.env.P; a secret (KAFKA_PASSWORD) comes from the environment
`

/** Returns the exit code. What it has to say is printed, errors as well. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: {
        project: { type: 'string' },
        customer: { type: 'string' },
        image: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        profile: { type: 'string' },
        reason: { type: 'string' },
        at: { type: 'string' },
        limit: { type: 'string' },
        show: { type: 'boolean', default: false },
        again: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        start: { type: 'boolean', default: false },
        repair: { type: 'boolean', default: false },
        finish: { type: 'boolean', default: false },
        confirm: { type: 'string' },
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
    return await withAudit(name, command, rest, values)
  } catch (error) {
    const isUsage = isUsageError(error)
    const named =
      ['ProfileError', 'SettingsError', 'KafkaFault', 'WarehouseFault'].includes((error as Error).name) ||
      error instanceof RangeError
    process.stderr.write(`${isUsage || named ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`)
    if (isUsage) process.stderr.write('npm run admin -- --help lists the commands.\n')
    return isUsage ? 2 : 1
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2))
  // Clients that keep a connection open must not keep the process.
  process.exit()
}
