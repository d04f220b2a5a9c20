/**
 * Builds the web page for a project: Hosting's predeploy hook in firebase.json. The page knows its project from Hosting itself; only buckets that are not
 * called as by default have to be told to it. firebase-tools sets GCLOUD_PROJECT. https://firebase.google.com/docs/cli#hooks
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../admin/connect.ts'
import { ROOT } from '../stack/paths.ts'

const project = process.env['GCLOUD_PROJECT'] ?? ''
connect(project)
const vite = spawnSync(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', join(ROOT, 'web')], {
  cwd: ROOT,
  stdio: 'inherit',
})
if (vite.status !== 0) process.exit(vite.status ?? 1)
const { RAW_BUCKET: rawBucket, PROCESSED_BUCKET: processedBucket } = process.env
if (rawBucket !== `${project}-raw` || processedBucket !== `${project}-processed`)
  writeFileSync(join(ROOT, 'web/dist/config.json'), JSON.stringify({ rawBucket, processedBucket }))
