/** `npm run deploy`: brings a project to what stands in this folder, and proves it by one image. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isUsageError, UsageError } from '../admin/command.ts'
import { connect } from '../admin/connect.ts'
import { cameraPhoto } from '../demo/images.ts'
import { locationIn } from '../functions/src/config/deployment.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { BigQueryWarehouse } from '../functions/src/platform/bigquery-warehouse.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { GoogleRest } from '../functions/src/platform/google-rest.ts'
import { FUNCTION_NAMES } from '../provision/accounts.ts'
import { run as provision } from '../provision/command.ts'
import { addStorageTargets, projectOf, storageTargets } from '../stack/firebaserc.ts'
import { ROOT } from '../stack/paths.ts'
import { deploy, HELP, type Tools } from './command.ts'
import { completeEnv } from './env.ts'
import { hostingConfig, hostingConfigFile } from './hosting.ts'
import { smokeTest } from './smoke.ts'

const say = (line: string) => void process.stderr.write(`${line}\n`)

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      strict: true,
      options: {
        project: { type: 'string', default: '' },
        'dry-run': { type: 'boolean', default: false },
        'skip-provision': { type: 'boolean', default: false },
        'skip-smoke': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const project = projectOf(values.project)
    if (project === '') throw new UsageError('there is no project: name it by --project')
    connect(project)
    const location = locationIn(process.env)
    const settings = parseSettings(process.env)
    const buckets = { raw: [settings.rawBucket], processed: [settings.processedBucket] }
    const named = storageTargets(project)
    const deployment = {
      project,
      location,
      settings,
      // A project that names none gets ours with its first deployment.
      storageTargets: Object.keys(named).length === 0 ? buckets : named,
      // As bridgeIsWanted() and bridgeSecrets() in functions/src/config/deployment.ts.
      functions: FUNCTION_NAMES.filter((name) => name !== 'bridgeKafka' || settings.kafka.brokers.length > 0),
      usesPassword: settings.kafka.brokers.length > 0 && settings.kafka.security === 'SASL_SSL',
      skipProvision: values['skip-provision'],
      dryRun: values['dry-run'],
      skipSmoke: values['skip-smoke'],
    }
    const outcome = await deploy(toolsFor(project, location, settings), deployment)
    if (values.json) process.stdout.write(`${JSON.stringify(outcome)}\n`)
    else if (outcome.ok)
      process.stdout.write(values['dry-run'] ? 'nothing was changed\n' : `deployed: https://${project}.web.app\n`)
    return outcome.ok ? 0 : 1
  } catch (error) {
    const isUsage = isUsageError(error)
    const isNamed = isUsage || (error as Error).name === 'SettingsError'
    say(isNamed ? (error as Error).message : ((error as Error).stack ?? String(error)))
    if (isUsage) say('npm run deploy -- --help says more.')
    return isUsage ? 2 : 1
  }
}

function toolsFor(project: string, location: string, settings: ReturnType<typeof parseSettings>): Tools {
  const api = new GoogleRest({ quotaProject: project })
  return {
    api,
    say,
    clock: () => performance.now(),
    provision: (dryRun) =>
      provision(
        { api, env: process.env, out: say, say, ask: null },
        {
          projectId: project,
          dryRun,
          verify: false,
          lockRetention: false,
          confirmLock: null,
          shortenRetention: false,
          json: false,
        },
      ),
    completeFiles() {
      const { rawBucket, processedBucket } = settings
      const values = { LOCATION: location, RAW_BUCKET: rawBucket, PROCESSED_BUCKET: processedBucket }
      const added = completeEnv(project, values)
      const targeted = addStorageTargets(project, { raw: [rawBucket], processed: [processedBucket] })
      return [
        ...(added.length > 0
          ? [`functions/.env.${project}: ${added.join(', ')} added; commit it (there is no secret in it)`]
          : []),
        ...(targeted ? [`.firebaserc: the buckets of ${project} added; commit it`] : []),
      ]
    },
    async firebase(args) {
      const config = join(ROOT, hostingConfigFile(project))
      const own = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as Parameters<typeof hostingConfig>[0]
      writeFileSync(config, JSON.stringify(hostingConfig(own, { ...settings, project, location }), null, 2))
      try {
        const child = spawn(
          process.execPath,
          [join(ROOT, 'node_modules/firebase-tools/lib/bin/firebase.js'), ...args],
          {
            cwd: ROOT,
            // What it prints is progress; standard output is for the result.
            stdio: ['ignore', 2, 2],
          },
        )
        const [code] = (await once(child, 'exit')) as [number | null]
        return code ?? 1
      } finally {
        rmSync(config)
      }
    },
    async smokeTest() {
      await using store = new FirestoreStore()
      const job = `https://cloudscheduler.googleapis.com/v1/projects/${project}/locations/${location}/jobs/firebase-schedule-exportToBigQuery-${location}`
      return await smokeTest(
        {
          raw: new CloudObjects(settings.rawBucket),
          processed: new CloudObjects(settings.processedBucket),
          store,
          warehouse: new BigQueryWarehouse({ ...settings, projectId: project }),
          requestExport: async () => void (await api.call({ method: 'POST', url: `${job}:run`, body: {} })),
          timeZone: settings.reportingTimeZone,
          clock: () => performance.now(),
          sleep: async (milliseconds) => setTimeout(milliseconds),
          say,
        },
        await cameraPhoto(6),
        randomUUID(),
      )
    },
  }
}

process.exitCode = await main()
// Clients that keep a connection open must not keep the process.
process.exit()
