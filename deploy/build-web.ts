/**
 * Builds the web page for a project: Hosting's predeploy hook in firebase.json. The page knows its project from Hosting itself; only what is not
 * as by default has to be told to it. firebase-tools sets GCLOUD_PROJECT. https://firebase.google.com/docs/cli#hooks
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../admin/connect.ts'
import { locationIn } from '../functions/src/config/deployment.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { ROOT } from '../stack/paths.ts'
import { webConfig } from './hosting.ts'

const project = process.env['GCLOUD_PROJECT'] ?? ''
connect(project)
const vite = spawnSync(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', join(ROOT, 'web')], {
  cwd: ROOT,
  stdio: 'inherit',
})
if (vite.status !== 0) process.exit(vite.status ?? 1)
const config = webConfig({ ...parseSettings(process.env), project, location: locationIn(process.env) })
if (config !== null) writeFileSync(join(ROOT, 'web/dist/config.json'), JSON.stringify(config))
