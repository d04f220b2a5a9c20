/**
 * One instance of the function, as Cloud Run has it: several invocations in one process, with a processor among the steps that misbehaves by the
 * width of the image. Talks in lines of JSON: {put: name, width} or {deliver: name, via} come in, {@link Line} goes out. The environment
 * says where the emulators are.
 */
import { createInterface } from 'node:readline'
import { sharp } from '../../demo/sharp.ts'
import { parseSettings } from '../../functions/src/config/settings.ts'
import { receive, type Intake } from '../../functions/src/intake/receive.ts'
import type { RedriveTask } from '../../functions/src/intake/redrive-task.ts'
import { Ledger } from '../../functions/src/ledger/ledger.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { processImage } from '../../functions/src/processing/process-image.ts'
import { Unavailable, type Yield } from '../../functions/src/processing/processor.ts'
import { defineProfile, step } from '../../functions/src/processing/profile.ts'
import { facts } from '../../functions/src/processing/processors/facts.ts'
import { renditions } from '../../functions/src/processing/processors/renditions.ts'
import { warmSharp } from '../../functions/src/processing/sharp.ts'
import { processorOf } from '../../functions/src/processing/testing/processors.ts'

export const HEIGHT = 8
/** What each width makes the processor do; any other width is a good image. */
export const MISDEEDS = {
  throws: 101,
  'rejects with nothing': 102,
  'never answers': 103,
  'yields rubbish': 104,
  'finds no memory': 105,
  'is unavailable twice': 106,
  'blocks the event loop': 107,
  'floods the heap': 108,
  'ends the process': 109,
  aborts: 110,
  'crashes natively': 111,
} as const
export type Misdeed = keyof typeof MISDEEDS

export type Line =
  | { readonly ready: true }
  | { readonly put: string }
  | { readonly acknowledged: string; readonly as: string }
  | { readonly thrown: string; readonly error: string }
  | { readonly redrive: RedriveTask }
  /** From here on this process answers no more. */
  | { readonly blocking: string }

const say = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`)
let unavailable = 0

async function misbehave(misdeed: Misdeed | undefined): Promise<Yield> {
  switch (misdeed) {
    case undefined:
      return {}
    case 'throws':
      throw new Error('misbehaving')
    case 'rejects with nothing':
      return Promise.reject(undefined)
    case 'never answers':
      return new Promise(() => {})
    case 'yields rubbish':
      return { findings: { x: Symbol('x') }, outputs: 7 } as unknown as Yield
    case 'finds no memory':
      return { findings: { x: new ArrayBuffer(2 ** 52).byteLength } }
    case 'is unavailable twice':
      if (unavailable++ < 2) throw new Unavailable('a service that is down')
      return {}
    case 'blocks the event loop':
      say({ blocking: misdeed })
      for (;;);
    case 'floods the heap': {
      const kept: object[] = []
      for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => ({ i })))
    }
    case 'ends the process':
      return process.exit(0)
    case 'aborts':
      return process.abort()
    case 'crashes natively':
      process.kill(process.pid, 'SIGSEGV')
      return new Promise(() => {})
  }
}

const misbehaves = processorOf(
  'misbehaves',
  ({ facts: { width } }) => misbehave((Object.keys(MISDEEDS) as Misdeed[]).find((name) => MISDEEDS[name] === width)),
  { budget: { milliseconds: 300 } },
)
const profile = defineProfile('misbehaving', [step(facts), step(renditions), step(misbehaves)])

const settings = parseSettings(process.env)
const store = new FirestoreStore()
const intake: Intake = {
  store,
  ledger: new Ledger(store, settings),
  raw: new CloudObjects(settings.rawBucket),
  processed: new CloudObjects(settings.processedBucket),
  profileFor: async () => profile,
  paused: async () => false,
  quotaExceeded: async () => false,
  formatsOf: async () => null,
  settings,
  log: { info: () => {}, warn: () => {}, error: () => {} },
  process: processImage,
  redrive: async (task) => void say({ redrive: task }),
  clock: () => performance.now(),
}

async function put(name: string, width: number): Promise<void> {
  const image = sharp({ create: { width, height: HEIGHT, channels: 3, background: { r: width % 256, g: 9, b: 90 } } })
  await intake.raw.create(name, await image.png().toBuffer(), 'image/png')
  say({ put: name })
}

async function deliver(name: string, via: 'event' | 'redrive'): Promise<void> {
  try {
    say({ acknowledged: name, as: await receive(intake, name, via) })
  } catch (error) {
    say({ thrown: name, error: (error as Error).name })
  }
}

if (process.argv[1] === import.meta.filename) {
  await warmSharp()
  say({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    const told = JSON.parse(line) as { put: string; width: number } | { deliver: string; via: 'event' | 'redrive' }
    void ('put' in told ? put(told.put, told.width) : deliver(told.deliver, told.via))
  }
}
