/** Processing code that does what it must not: the image ends with its reason, its neighbours end right, and the figures agree. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseRawName } from '../../functions/src/contract/names.ts'
import { cellKey, type ImageRecord } from '../../functions/src/contract/record.ts'
import { asStatsShard, sumShards } from '../../functions/src/ledger/counters.ts'
import type { Instant } from '../../functions/src/ledger/instant.ts'
import { asRecord } from '../../functions/src/ledger/ledger.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

type Via = 'event' | 'redrive'
type Line = import('./misbehaving-worker.ts').Line
/** As misbehaving-worker.ts has them, which is no module for jest. */
const MISDEEDS = {
  throws: [101, 'processor-failed'],
  'rejects with nothing': [102, 'processor-failed'],
  'never answers': [103, 'processor-timeout'],
  'yields rubbish': [104, 'processor-failed'],
  'finds no memory': [105, 'attempts-exhausted'],
  'is unavailable twice': [106, null],
  'blocks the event loop': [107, 'attempts-exhausted'],
  'floods the heap': [108, 'attempts-exhausted'],
  'ends the process': [109, 'attempts-exhausted'],
  aborts: [110, 'attempts-exhausted'],
  'crashes natively': [111, 'attempts-exhausted'],
} as const
const GOOD = 200
const nameOf = (what: string) => `web/c1/${what.replaceAll(' ', '-')}/a.png`

/** The platform: instances that die, deliveries that come again till they are acknowledged, one redrive task to an instance. */
class Platform {
  readonly #env: NodeJS.ProcessEnv
  readonly #living = new Set<ChildProcess>()
  readonly deaths: string[] = []

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = { ...process.env, ...env, LEASE_SECONDS: '3', WORK_SECONDS: '2', NODE_OPTIONS: '' }
  }

  /** Runs an instance till it has put what it is told to. */
  async put(images: ReadonlyMap<string, number>): Promise<void> {
    const left = new Set(images.keys())
    await this.#instance(
      (tell) => images.forEach((width, name) => tell({ put: name, width })),
      (line, end) => {
        if ('put' in line && left.delete(line.put) && left.size === 0) end()
      },
    )
  }

  /** Delivers all in one instance, and again in another one those that it took along, till nobody has anything left to do. */
  async deliver(names: readonly string[], via: Via): Promise<void> {
    const pending = new Set(names)
    const tasks = new Map<string, Promise<void>>()
    while (pending.size > 0) {
      await this.#instance(
        (tell) => pending.forEach((name) => tell({ deliver: name, via })),
        (line, end, tell) => {
          if ('acknowledged' in line) pending.delete(line.acknowledged)
          // Not now: the platform comes again by and by.
          if ('thrown' in line) setTimeout(() => tell({ deliver: line.thrown, via }), 200)
          if ('redrive' in line) {
            const { rawName, attempt, lost } = line.redrive
            const id = `${rawName} ${attempt} ${lost}`
            if (!tasks.has(id)) tasks.set(id, this.deliver([rawName], 'redrive'))
          }
          if (pending.size === 0) end()
        },
      )
    }
    await Promise.all(tasks.values())
  }

  async #instance(
    start: (tell: (what: object) => void) => void,
    hear: (line: Line, end: () => void, tell: (what: object) => void) => void,
  ): Promise<void> {
    const program = join(__dirname, 'misbehaving-worker.ts')
    const child = spawn(process.execPath, ['--max-old-space-size=120', program], {
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#living.add(child)
    child.stdin.on('error', () => {}) // it died while it was told something, and will be told again
    const tell = (what: object) => void (child.stdin.writable && child.stdin.write(`${JSON.stringify(what)}\n`))
    let ending = false
    const end = () => {
      ending = true
      child.kill('SIGKILL')
    }
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as Line
      if ('ready' in line) start(tell)
      // What answers no more is ended by the platform's own time limit.
      else if ('blocking' in line) child.kill('SIGKILL')
      else hear(line, end, tell)
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    this.#living.delete(child)
    if (!ending) this.deaths.push(child.signalCode ?? `exit ${child.exitCode}`)
  }

  get living(): number {
    return this.#living.size
  }
}

let stack: Stack
let store: FirestoreStore
beforeAll(async () => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  stack = await startStack({ parts: ['auth', 'firestore', 'storage'], log: () => {} })
  store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
}, 120_000)
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await stack?.stop()
}, 60_000)

it('ends with its reason after bounded attempts, and takes no neighbour along', async () => {
  const platform = new Platform(stack.env)
  const widths = new Map<string, number>(Object.entries(MISDEEDS).map(([what, [width]]) => [nameOf(what), width]))
  const good = Array.from({ length: 6 }, (_, i) => nameOf(`good ${i}`))
  good.forEach((name, i) => widths.set(name, GOOD + i))
  await platform.put(widths)
  // All in flight in one process, good ones between bad ones.
  const names = [...widths.keys()].sort((a, b) => ((widths.get(a) ?? 0) % 7) - ((widths.get(b) ?? 0) % 7))
  await platform.deliver(names, 'event')

  const documents = await store.query({ collection: 'images', group: true })
  const records = new Map(documents.map(({ data }) => asRecord(data)).map((record) => [record.raw.name, record]))
  expect([...records.keys()].sort()).toEqual([...widths.keys()].sort())
  for (const [what, [, code]] of Object.entries(MISDEEDS)) {
    const record = records.get(nameOf(what)) as ImageRecord<Instant>
    expect({ what, code: record.error?.code ?? null, job: record.job }).toEqual({ what, code, job: null })
    if (code === 'attempts-exhausted') expect(record.lost).toBe(3)
  }
  for (const name of good) {
    const record = records.get(name) as ImageRecord<Instant>
    expect(record).toMatchObject({ state: 'processed', input: { width: widths.get(name) } })
    // The first death was shared; from then on everybody is alone.
    expect(record.lost).toBeLessThanOrEqual(1)
    expect(record.outputs.map((output) => output.name)).toEqual([
      'fit-200',
      ...((widths.get(name) ?? 0) > 200 ? ['fit-800'] : []),
    ])
  }
  // Five kill their process three times each, of which the first may be shared.
  expect(platform.deaths.length).toBeGreaterThanOrEqual(11)
  expect(platform.deaths.length).toBeLessThanOrEqual(15)
  expect(platform.living).toBe(0)
  await expectFiguresAgree([...records.values()])
}, 180_000)

async function expectFiguresAgree(records: readonly ImageRecord<Instant>[]): Promise<void> {
  const expected = Map.groupBy(records, ({ counted }) => (counted === null ? 'not counted' : cellKey(counted)))
  const shards = await store.query({ collection: 'stats', group: true })
  const counted = [...sumShards(shards.map(asStatsShard))].filter(([, { images }]) => images > 0)
  expect(new Map(counted.map(([key, { images }]) => [key, images]))).toEqual(
    new Map([...expected].map(([key, same]) => [key, same.length])),
  )
  for (const { raw } of records) expect(parseRawName(raw.name)).toMatchObject({ customerId: 'c1' })
}
