/** `npm run provision`: makes and updates in a project what `firebase deploy` does not. */
import { parseArgs } from 'node:util'
import { UsageError } from '../admin/command.ts'
import { connect } from '../admin/connect.ts'
import { ask } from '../admin/terminal.ts'
import { GoogleRest } from '../functions/src/platform/google-rest.ts'
import { aliasOf, projectOf } from '../stack/firebaserc.ts'
import { HELP, isUsage, run } from './command.ts'

// Cloud Shell and Google's build machines have their credentials from there.
delete process.env['METADATA_SERVER_DETECTION']

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      strict: true,
      options: {
        project: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        'lock-retention': { type: 'boolean', default: false },
        'confirm-lock': { type: 'string' },
        'shorten-retention': { type: 'boolean', default: false },
        deployer: { type: 'string' },
        github: { type: 'string' },
        environment: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    if (values.project !== undefined) connect(values.project)
    const projectId = values.project === undefined ? '' : projectOf(values.project)
    if (values.environment !== undefined && values.github === undefined)
      throw new UsageError('--environment belongs to --github, which is missing')
    const environment = values.environment ?? aliasOf(projectId)
    return await run(
      {
        api: new GoogleRest({ quotaProject: projectId }),
        env: process.env,
        out: (line) => void process.stdout.write(`${line}\n`),
        // Standard output is for the plan, or its JSON.
        say: (line) => void process.stderr.write(`${line}\n`),
        ask,
      },
      {
        projectId,
        dryRun: values['dry-run'],
        verify: values.verify,
        lockRetention: values['lock-retention'],
        confirmLock: values['confirm-lock'] ?? null,
        shortenRetention: values['shorten-retention'],
        ...(values.deployer !== undefined && { deployer: values.deployer }),
        ...(values.github !== undefined && { github: values.github }),
        ...(environment !== null && { environment }),
        json: values.json,
      },
    )
  } catch (error) {
    const said = ['Obstacle', 'SettingsError', 'ApiError', 'UsageError'].includes((error as Error).name)
    process.stderr.write(`${said || isUsage(error) ? (error as Error).message : ((error as Error).stack ?? '')}\n`)
    if (isUsage(error)) process.stderr.write('npm run provision -- --help says what there is.\n')
    return isUsage(error) ? 2 : 1
  }
}

process.exitCode = await main()
