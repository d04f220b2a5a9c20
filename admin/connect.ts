/** What a command talks to: the running local stack, or a project that is named. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { projectOf } from '../stack/firebaserc.ts'
import { ROOT } from '../stack/paths.ts'
import { runningStack } from '../stack/running.ts'
import { UsageError } from './command.ts'

/** Sets the environment as the functions have it. `name`: a project's id or its alias in .firebaserc. Throws a UsageError where there is nothing to talk to. */
export function connect(name: string | undefined): void {
  if (name === undefined) {
    // Whoever names emulators means them.
    if (process.env['FIRESTORE_EMULATOR_HOST'] !== undefined) return
    const running = runningStack()
    if (running === null) {
      throw new UsageError('no local stack is running: npm start in another terminal, or name a project by --project')
    }
    Object.assign(process.env, running.env)
    return
  }
  const project = projectOf(name)
  for (const each of ['.env', `.env.${project}`]) {
    const file = join(ROOT, 'functions', each)
    if (existsSync(file)) Object.assign(process.env, parseEnv(readFileSync(file, 'utf8')))
  }
  process.env['GCLOUD_PROJECT'] = project
  process.env['RAW_BUCKET'] ??= `${project}-raw`
  process.env['PROCESSED_BUCKET'] ??= `${project}-processed`
}
