/** `npm run admin` against the whole stack: customers' own profiles and reprocess, as an operator does them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { demoImages } from '../../demo/images.ts'
import { report } from '../../demo/report.ts'
import { seed } from '../../demo/seed.ts'
import { asRecord } from '../../functions/src/ledger/ledger.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

const run = promisify(execFile)
let stack: Stack
let store: FirestoreStore
let folder: string
let seeded: Awaited<ReturnType<typeof seed>>
const admin = async (...args: string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [join(ROOT, 'admin/main.ts'), ...args], {
    env: { ...process.env, ...stack.env },
  })
  return stdout
}
const records = async () => (await store.query({ collection: 'images', group: true })).map(({ data }) => asRecord(data))

beforeAll(async () => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  stack = await startStack({ log: () => {} })
  store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  folder = mkdtempSync(join(tmpdir(), 'darkroom-admin-'))
  const images = (await demoImages()).filter(({ name }) => /landscape-[12]|evening/.test(name))
  for (const { name, bytes } of images) writeFileSync(join(folder, name), bytes)
  seeded = await seed(stack, { imagesDir: folder, log: () => {} })
}, 240_000)
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await stack?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

it('gives a customer profiles of its own, shows what can be reprocessed, does it, and every figure agrees', async () => {
  await report(stack, seeded, { log: () => {} })
  const before = await records()
  const [{ customerId } = { customerId: '' }] = before
  const theirs = before.filter((record) => record.customerId === customerId)
  const file = join(folder, 'profiles.json')
  writeFileSync(file, '{ "choose": [{ "profile": "none" }] }')
  await expect(admin('profile', 'set', customerId, file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no profile "none": expected one of standard') as string,
  })
  const small = [{ use: 'facts' }, { use: 'renditions', settings: { renditions: [{ width: 64, format: 'jpeg' }] } }]
  writeFileSync(file, JSON.stringify({ profiles: { small }, choose: [{ profile: 'small' }] }))
  expect(await admin('profile', 'set', customerId, file)).toContain('small (version ')
  expect(await admin('reprocess', '--customer', customerId)).toContain(`${theirs.length} can be reprocessed`)
  expect(await records()).toEqual(before)

  expect(await admin('reprocess', '--customer', customerId, '--start')).toContain('are being reprocessed')
  let after = await records()
  while (after.some(({ job, reprocess }) => job !== null && reprocess === null)) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    after = await records()
  }
  for (const record of after.filter((one) => one.customerId === customerId)) {
    expect(record).toMatchObject({ state: 'processed', reprocess: { error: null }, counted: { reprocessed: 1 } })
    expect(record.outputs).toMatchObject([{ name: 'fit-64-jpeg', contentType: 'image/jpeg' }])
    expect(record.earlier).toHaveLength(1)
  }
  expect(await admin('reprocess', '--customer', customerId)).toContain('0 can be reprocessed')
  expect(await report(stack, seeded, { log: () => {} })).toMatchObject({ ok: true, mismatches: [] })
}, 240_000)
