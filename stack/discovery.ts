/**
 * Google's own descriptions of its APIs (https://developers.google.com/discovery/v1/reference/apis), which PyPI's google-api-python-client
 * carries: the tests of provision/ hold every request to them. Nothing of it is needed to run or deploy anything.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MissingPart } from './found.ts'
import { CACHE, ROOT } from './paths.ts'
import { findPython } from './python.ts'

/** Name and version of each document that is unpacked. */
export const DOCUMENTS = [
  'artifactregistry.v1',
  'bigquery.v2',
  'billingbudgets.v1',
  'cloudbilling.v1',
  'cloudfunctions.v2',
  'cloudresourcemanager.v1',
  'cloudresourcemanager.v3',
  'cloudscheduler.v1',
  'cloudtasks.v2',
  'eventarc.v1',
  'firebase.v1beta1',
  'firebasehosting.v1beta1',
  'firebaserules.v1',
  'firebasestorage.v1beta',
  'firestore.v1',
  'iam.v1',
  'iamcredentials.v1',
  'identitytoolkit.v2',
  'logging.v2',
  'monitoring.v3',
  'pubsub.v1',
  'run.v2',
  'secretmanager.v1',
  'serviceusage.v1',
  'serviceusage.v1beta1',
  'serviceusage.v1beta1',
  'storage.v1',
] as const

const REQUIREMENTS = join(ROOT, 'stack', 'discovery', 'requirements.txt')
const run = promisify(execFile)

/** Takes the wheel, the folder to unpack into, and the documents' names. */
const UNPACK = `
import pathlib, sys, zipfile
wheel, folder, *names = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in names:
        data = archive.read("googleapiclient/discovery_cache/documents/" + name + ".json")
        (pathlib.Path(folder) / (name + ".json")).write_bytes(data)
`

/** The folder with the {@link DOCUMENTS}, fetched by pip the first time. Throws a {@link MissingPart} where it can't be had. */
export async function discoveryFolder(log: (line: string) => void = () => {}): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(DOCUMENTS.join()).digest('hex')
  const folder = join(CACHE, `discovery-${hash.slice(0, 12)}`)
  if (existsSync(folder)) return folder
  const python = findPython((version) => version.startsWith('3.'))
  if (python === null) throw missing('there is no Python 3 in DARKROOM_PYTHON, PATH, pyenv or the usual folders.')
  log("descriptions of Google's APIs: fetching them (once, 17 MB)")
  mkdirSync(CACHE, { recursive: true })
  const temporary = mkdtempSync(join(CACHE, 'discovery-'))
  try {
    const documents = join(temporary, 'documents')
    mkdirSync(documents)
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
    await run(python, [...pip, '--only-binary', ':all:', '-r', REQUIREMENTS, '-d', temporary])
    await run(python, ['-c', UNPACK, wheelIn(temporary), documents, ...DOCUMENTS])
    try {
      // Whole or not at all, should two make it at the same time.
      renameSync(documents, folder)
    } catch (error) {
      if (!existsSync(folder)) throw error
    }
    return folder
  } catch (error) {
    throw missing(`pip could not fetch them: ${(error as { stderr?: string }).stderr || (error as Error).message}`)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function wheelIn(folder: string): string {
  const [requirement = ''] = readFileSync(REQUIREMENTS, 'utf8').split(' ')
  const [name = '', version = ''] = requirement.split('==')
  return join(folder, `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`)
}

const missing = (why: string) =>
  new MissingPart(
    `The descriptions of Google's APIs are not there, and ${why}`,
    'install Python 3 with pip and connect to the package index once, or set DARKROOM_PYTHON.',
    'everything works but the tests of provision/ and deploy/.',
  )
