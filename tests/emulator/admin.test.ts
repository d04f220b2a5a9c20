/** `npm run admin` and the callables of both pages against the whole stack: who may, customers' own profiles, reprocess, and the pause, as an operator does them; and what a customer does with its images. */
import { execFile, fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DEMO_ADMIN, DEMO_CUSTOMERS } from '../../demo/customers.ts'
import { demoImages } from '../../demo/images.ts'
import { report } from '../../demo/report.ts'
import { seed } from '../../demo/seed.ts'
import type { AdminCall } from '../../functions/src/contract/admin.ts'
import type { CustomerCall } from '../../functions/src/contract/customer.ts'
import { imageIdOf, traceIdOf } from '../../functions/src/contract/names.ts'
import { parseSettings } from '../../functions/src/config/settings.ts'
import { asStatsShard, sumShards } from '../../functions/src/ledger/counters.ts'
import { statsPath } from '../../functions/src/contract/names.ts'
import { increment, SERVER_TIME, type WriteData } from '../../functions/src/ledger/document-store.ts'
import { asRecord } from '../../functions/src/ledger/ledger.ts'
import { BigQueryWarehouse } from '../../functions/src/platform/bigquery-warehouse.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { FIGURES } from '../../functions/src/reconcile/figures.ts'
import { ROOT } from '../../stack/paths.ts'
import { ALL_PARTS, startStack, type Stack } from '../../stack/stack.ts'
import { call as callFunction, tokenOf as tokenOfUser } from '../calls.ts'
import type { Ended } from './admin-process.ts'

const run = promisify(execFile)
let stack: Stack
let operator: ChildProcess
/** Settles with the call before. */
let lastCall: Promise<unknown> = Promise.resolve()
let store: FirestoreStore
let folder: string
let seeded: Awaited<ReturnType<typeof seed>>
/** Resolves with what a command prints. Rejects like execFile where its exit code is not 0. */
const admin = (...args: string[]): Promise<string> => {
  const ended = lastCall.then(async () => {
    const answer = once(operator, 'message') as Promise<[Ended]>
    operator.send(args)
    const [{ code, stdout, stderr }] = await answer
    if (code !== 0)
      throw Object.assign(new Error(`${args.join(' ')}: exit ${code}: ${stderr}`), { code, stdout, stderr })
    return stdout
  })
  lastCall = ended.catch(() => {})
  return ended
}
/** The same as a process of its own. */
const adminProcess = async (...args: string[]): Promise<string> => {
  const env = { ...process.env, ...stack.env }
  return (await run(process.execPath, [join(ROOT, 'admin/main.ts'), ...args], { env })).stdout
}
const records = async () => (await store.query({ collection: 'images', group: true })).map(({ data }) => asRecord(data))

beforeAll(async () => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  // Nobody looks at the page here.
  stack = await startStack({ parts: ALL_PARTS.filter((part) => part !== 'hosting'), log: () => {} })
  operator = fork(join(__dirname, 'admin-process.ts'), { env: { ...process.env, ...stack.env, NODE_OPTIONS: '' } })
  store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  folder = mkdtempSync(join(tmpdir(), 'darkroom-admin-'))
  const images = (await demoImages()).filter(({ name }) => /landscape-[12]|evening/.test(name))
  for (const { name, bytes } of images) writeFileSync(join(folder, name), bytes)
  seeded = await seed(stack, { imagesDir: folder, log: () => {} })
}, 240_000)
afterAll(async () => {
  operator?.kill()
  await store?.[Symbol.asyncDispose]()
  await stack?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const call = async (token: string | null, name: AdminCall | CustomerCall, data: unknown) =>
  (await callFunction(stack, token, name, data)).answer
const tokenOf = (email: string) => tokenOfUser(stack, email)

it('lets an admin call what the page calls, keeps who did, and lets in nobody else, nor whoever was revoked', async () => {
  const [ada = '', , bo = ''] = DEMO_CUSTOMERS.flatMap(({ users }) => users.map(({ email }) => email))
  const quota = { action: 'quota', customerId: 'acme', quota: { dailyImages: 5 } }
  const denied = { error: { status: 'PERMISSION_DENIED', message: 'This is for admins.' } }
  const [root, customer] = await Promise.all([tokenOf(DEMO_ADMIN.email), tokenOf(ada)])
  expect(await call(null, 'adminSettings', quota)).toMatchObject({ error: { status: 'UNAUTHENTICATED' } })
  expect(await call(customer, 'adminSettings', quota)).toMatchObject(denied)
  expect(await store.get('quotas/acme')).toBeNull()

  // Each is a process that starts: all at once.
  const operation = () => `${new Date().toISOString()}~${randomBytes(4).toString('hex')}`
  const [started, today] = [operation(), new Date().toISOString().slice(0, 10)]
  const answers = await Promise.all([
    call(root, 'adminSettings', quota),
    call(root, 'adminReplay', { images: {}, start: false, operation: operation() }),
    call(root, 'adminLetters', { action: 'list', filter: {}, limit: 10 }),
    call(root, 'adminExport', { operation: started }),
    call(root, 'adminHealth', { action: 'count', from: today, to: today, operation: operation() }),
  ])
  expect(answers).toMatchObject([
    { result: {} },
    { result: { matching: 0, more: null } },
    { result: { action: 'list', letters: [] } },
    { result: { rows: expect.any(Number) as number } },
    { result: { action: 'count', days: 1 } },
  ])
  expect(await store.get('quotas/acme')).toMatchObject({ dailyImages: 5 })
  expect(await store.get(`audit/${started}`)).toMatchObject({
    by: DEMO_ADMIN.email,
    uid: DEMO_ADMIN.uid,
    command: 'adminExport',
    state: 'done',
  })
  expect(await call(root, 'adminExport', { operation: started })).toMatchObject({
    error: { status: 'FAILED_PRECONDITION' },
  })
  expect(await call(root, 'adminSettings', { ...quota, quota: 5 })).toMatchObject({
    error: { status: 'INVALID_ARGUMENT', message: 'request.quota: expected an object, got 5' },
  })

  await expect(admin('grant', ada)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/of the customer/) as string,
  })
  expect(await admin('grant', bo)).toContain('is an admin')
  const granted = await tokenOf(bo)
  expect(await call(granted, 'adminSettings', { ...quota, quota: null })).toMatchObject({ result: {} })
  expect(await admin('revoke', bo)).toContain('is no admin any more')
  expect(await call(granted, 'adminSettings', quota)).toMatchObject(denied)
  expect(await store.get('quotas/acme')).toBeNull()
  expect(JSON.parse(await admin('admins', '--json'))).toMatchObject({
    admins: [{ uid: DEMO_ADMIN.uid }],
    claimAlone: [],
  })
}, 120_000)

it('gives a customer profiles of its own, shows what can be reprocessed, does it, and every figure agrees', async () => {
  await report(stack, seeded, { log: () => {} })
  const before = await records()
  const [{ customerId } = { customerId: '' }] = before
  const theirs = before.filter((record) => record.customerId === customerId)
  const file = join(folder, 'profiles.json')
  writeFileSync(file, '{ "choose": [{ "profile": "none" }] }')
  await expect(adminProcess('profile', 'set', customerId, file)).rejects.toMatchObject({
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

it('pauses processing, keeps who did, and after resume everything that arrived meanwhile is processed, each under its trace', async () => {
  const raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  const functionsLog = () => readFileSync(join(stack.logFolder, 'emulators.log'), 'utf8')
  const [, bytes] = await demoImages().then((images) => images.map((image) => image.bytes))
  const arrived: string[] = []
  const arrive = async () => {
    const name = `web/paused/u${arrived.length}/a.jpg`
    arrived.push(name)
    await raw.create(name, bytes ?? Buffer.from(''), 'image/jpeg')
  }
  const ended = async () => (await records()).filter(({ customerId, job }) => customerId === 'paused' && job === null)

  expect(await adminProcess('pause', '--show')).toContain('processing is not paused')
  expect(await admin('pause', 'a test of the switch')).toMatch(/paused since .* by local:.*: a test of the switch/)
  // Functions know of it within ten seconds.
  while (!functionsLog().includes('processing is paused')) {
    await arrive()
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  await arrive()
  expect((await ended()).length).toBeLessThan(arrived.length)
  await expect(admin('waiting', '--start')).rejects.toMatchObject({
    stderr: expect.stringContaining('resume first') as string,
  })
  expect(await admin('resume')).toContain(': a test of the switch')
  expect(await admin('waiting')).toMatch(/\d+ of \d+ raw objects have no record/)
  while ((await ended()).length < arrived.length) {
    await admin('waiting', '--start')
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  expect((await ended()).map(({ raw: { name } }) => name).sort()).toEqual([...arrived].sort())
  for (const name of arrived) {
    const trace = `projects/${stack.projectId}/traces/${traceIdOf(await imageIdOf(name))}`
    const lines = functionsLog()
      .split('\n')
      .filter((line) => line.includes(trace))
    for (const message of ['image claimed', 'image finished'])
      expect(lines).toContainEqual(expect.stringContaining(message))
  }

  expect(await admin('quota', 'paused', '1')).toContain('paused may send 1 images a day (its own quota)')
  expect(await admin('quota', 'paused')).toContain('1 images a day')
  expect(await admin('quota', 'paused', 'default')).toContain('any number of images a day (DAILY_QUOTA)')
  await expect(admin('quota', 'paused', 'many')).rejects.toMatchObject({ code: 2 })
  expect(await admin('formats', 'paused', 'png,jpeg')).toContain('paused may send jpeg, png')
  const audit = (await admin('audit', '--limit', '1000')).trimEnd().split('\n')
  const called = audit.map((line) =>
    line
      .split('  ')
      .slice(1)
      .join(' ')
      .replace(/local:\S+/, 'WHO'),
  )
  expect(called).toEqual(
    expect.arrayContaining([
      'WHO pause "a test of the switch" done',
      'WHO resume done',
      'WHO waiting --start done',
      'WHO quota paused 1 done',
      'WHO formats paused png,jpeg done',
      expect.stringMatching(/^WHO quota paused many failed: quota: "many": expected/),
      expect.stringMatching(/^WHO profile set .* failed: .*there is no profile "none"/),
      expect.stringMatching(/^WHO reprocess .*--start done$/),
    ]),
  )
  expect(called.filter((line) => /pause --show|quota paused done|reprocess --customer=\S+ done/.test(line))).toEqual([])
}, 240_000)

it('lets a customer delete, restore and try again its own images alone, and sign itself out everywhere', async () => {
  const user = DEMO_CUSTOMERS.at(-1)?.users[0]
  if (user === undefined) throw new Error('there is no user')
  const idToken = await tokenOf(user.email)
  const raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  const mine = async () => (await records()).filter(({ customerId }) => customerId === user.uid)
  const ids = async (state: 'processed' | 'failed') =>
    (await mine()).flatMap((record) => (record.state === state && record.job === null ? [record.imageId] : []))
  const [picture] = await demoImages()
  await raw.create(`web/${user.uid}/good/good.jpg`, picture?.bytes ?? Buffer.from(''), 'image/jpeg')
  await raw.create(`web/${user.uid}/bad/bad.jpg`, Buffer.from('no image'), 'image/jpeg')
  await until(async () => (await ids('processed')).length > 0 && (await ids('failed')).length > 0)
  const [[good = ''], [bad = '']] = [await ids('processed'), await ids('failed')]
  const [other = ''] = (await records()).flatMap((one) => (one.customerId === user.uid ? [] : [one.imageId]))
  const ask = (action: string, imageIds: readonly string[], token: string | null = idToken) =>
    call(token, 'customerImages', { action, imageIds })

  expect(await ask('delete', [good], null)).toMatchObject({ error: { status: 'UNAUTHENTICATED' } })
  const root = await tokenOf(DEMO_ADMIN.email)
  expect(await ask('delete', [good], root)).toMatchObject({ error: { status: 'PERMISSION_DENIED' } })
  const before = await mine()
  expect(await ask('delete', [good, other])).toEqual({ result: { done: [good], refused: { [other]: 'not-found' } } })
  const hidden = async () => (await records()).flatMap(({ deletedAt, imageId }) => (deletedAt ? [imageId] : []))
  expect(await hidden()).toEqual([good])
  expect(await ask('restore', [good])).toEqual({ result: { done: [good], refused: {} } })
  expect(await hidden()).toEqual([])
  expect((await mine()).map(({ counted }) => counted)).toEqual(before.map(({ counted }) => counted))

  expect(await ask('retry', [good, bad])).toEqual({ result: { done: [bad], refused: { [good]: 'not-failed' } } })
  await until(async () => (await mine()).some((record) => record.attempt === 2 && record.job === null))

  // The emulator still renews a session that was ended, but takes its tokens for expired.
  const holds = async () => {
    const url = `${stack.authUrl}/identitytoolkit.googleapis.com/v1/accounts:lookup?key=local-stack-only`
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ idToken }) })).ok
  }
  expect(await holds()).toBe(true)
  const account = { action: 'sign-out-everywhere' }
  expect(await call(idToken, 'customerAccount', account)).toEqual({ result: account })
  expect(await holds()).toBe(false)
}, 120_000)

it('erases a customer: shows what there is, asks for its id once more, deletes it all, and the sums stay', async () => {
  // The clock's own export may be at work: then this one says so, and does nothing.
  await until(async () =>
    /whatever was changed more than \d+ seconds ago is in BigQuery/.test(await admin('export').catch(() => '')),
  )
  const [{ customerId } = { customerId: '' }] = await records()
  const totals = async () => {
    const shards = await store.query({ collection: 'stats', group: true })
    return sumShards(shards.map(asStatsShard))
  }
  const all = async (bucket: string) => {
    const objects = new CloudObjects(bucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
    return (await objects.list({ limit: 10_000 })).map(({ name }) => name)
  }
  const before = await totals()
  expect(await admin('erase-customer', customerId)).toMatch(
    /[1-9] users who sign in\n.*[1-9] records of images(.*\n)*nothing was changed/,
  )
  const refused = { code: 2, stderr: expect.stringContaining('expected --confirm CUSTOMER') as string }
  await expect(admin('erase-customer', customerId, '--start')).rejects.toMatchObject(refused)
  await expect(admin('erase-customer', customerId, '--start', '--confirm', 'another')).rejects.toMatchObject({
    code: 2,
  })
  await expect(admin('erase-customer', 'nobody', '--start', '--confirm', 'nobody')).rejects.toMatchObject({ code: 1 })
  expect((await records()).some((record) => record.customerId === customerId)).toBe(true)

  // An upload may still be on its way: it has to be given once more in a week.
  await expect(admin('erase-customer', customerId, '--start', '--confirm', customerId)).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringMatching(
      /counters stay under erased-[a-z0-9]{12}(.*\n)*give the same command with --finish/,
    ) as string,
  })
  expect((await records()).filter((record) => record.customerId === customerId)).toEqual([])
  const objects = [...(await all(stack.rawBucket)), ...(await all(stack.processedBucket))]
  expect(objects.length).toBeGreaterThan(0)
  expect(objects.filter((name) => name.includes(customerId))).toEqual([])
  expect(await totals()).toEqual(before)
  expect(await admin('audit', '--limit', '1000')).not.toContain(customerId)
  await expect(admin('erase-customer', customerId, '--finish')).rejects.toMatchObject({ code: 3 })

  await stack.invoke('exportToBigQuery')
  const warehouse = new BigQueryWarehouse({ ...parseSettings(stack.env), projectId: stack.projectId })
  const ever = { from: '2000-01-01', to: '2100-01-01' }
  let images = 0
  for await (const cell of warehouse.cells('customer_stats', ever)) {
    expect(cell.customerId).not.toBe(customerId)
    images += cell.images
  }
  for await (const cell of warehouse.cells('images', ever)) expect(cell.customerId).not.toBe(customerId)
  expect(images).toBe([...before.values()].reduce((sum, cell) => sum + cell.images, 0))
}, 240_000)

it('verifies every figure, shows and repairs counters that are wrong, and explains an image on one screen', async () => {
  await stack.invoke('exportToBigQuery')
  expect(JSON.parse(await admin('verify', '--json'))).toMatchObject({
    ok: true,
    records: (await records()).length,
    differing: 0,
  })

  // Until all that was counted has been recounted, a recount might be faster than we are.
  const recounted = async () => {
    await stack.invoke('recount')
    return (await store.query({ collection: 'reconciliations/recount/days' })).length === 0
  }
  await until(recounted)
  const [{ customerId, date, imageId, raw } = await Promise.reject(new Error('there is no record'))] = await records()
  const shard = statsPath(customerId, date, 1)
  // Nothing says that it has changed: only a comparison can find it.
  const spoil = (more: WriteData) =>
    store.transact(async (transaction) => {
      const rest = Object.fromEntries(FIGURES.map((figure) => [figure, increment(0)]))
      const cell = { ...rest, images: increment(2), histogram: { '3': increment(2) } }
      const cells = { 'web~jpeg~processed': cell }
      transaction.merge(shard, { customerId, date, exportShard: 1, cells, ...more })
    })
  await spoil({})
  await expect(admin('verify')).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(new RegExp(`${date} +${customerId} +web, jpeg, processed +images +`)) as string,
  })
  await expect(admin('verify', '--repair', '--customer', customerId)).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining("the counters of 1 customers' days were repaired") as string,
  })
  const repairs = () => store.query({ collection: 'reconciliations/recount/repairs' })
  expect((await repairs()).map(({ data }) => data)).toMatchObject([{ by: 'verify', customerId, date }])
  expect(await admin('verify')).toContain('every figure agrees')

  await spoil({ updatedAt: SERVER_TIME })
  await until(async () => (await recounted()) && (await repairs()).length === 2)
  expect((await repairs()).map(({ data }) => data['by'])).toEqual(expect.arrayContaining(['recount', 'verify']))
  expect(await admin('verify')).toContain('every figure agrees')
  expect(await store.get('reconciliations/recount')).toMatchObject({
    left: 0,
    finishedAt: expect.anything() as unknown,
  })
  await expect(admin('verify', '--from', '2026-13-01')).rejects.toMatchObject({ code: 2 })

  const screen = await admin('explain', raw.name)
  for (const named of [imageId, `${customerId}/${imageId}`]) expect(await admin('explain', named)).toBe(screen)
  for (const part of [
    `image     ${customerId}/${imageId}`,
    raw.name,
    'BigQuery  a row of revision',
    'available until',
    'traces/',
  ]) {
    expect(screen).toContain(part)
  }
  expect(JSON.parse(await admin('explain', imageId, '--json'))).toMatchObject({ customerId, record: { imageId } })
  await expect(admin('explain', 'f'.repeat(40))).rejects.toMatchObject({ code: 1 })
  await expect(admin('explain', 'x')).rejects.toMatchObject({ code: 2 })
}, 240_000)

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 500))
}
