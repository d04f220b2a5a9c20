/** Runs the contestants of the start-up benchmark against a stack, turn about, and reads their marks. */
import { landscape } from '../demo/scene.ts'
import { sharp } from '../demo/sharp.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import type { Stack } from '../stack/stack.ts'
import { runChild, sdksAt, type Mark, type Sdk } from './child.ts'
import { bare, NO_PIXELS, ourModules, ours, SDKS_OF, type FunctionName, type Names } from './startup-contestants.ts'

/** Milliseconds, and MiB. */
export interface StartUp {
  readonly load: { readonly cpu: number; readonly wall: number; readonly rss: number }
  /** What the first event took longer than the second. */
  readonly extra: { readonly cpu: number; readonly wall: number }
  /** Loading, and the first event's extra. */
  readonly whole: { readonly cpu: number; readonly wall: number }
  /** After the second event. */
  readonly rss: number
}

export interface Measured {
  readonly ours: StartUp[]
  readonly bare: StartUp[]
  /** All modules that an event needs, loaded and nothing else. */
  readonly modules: Mark[]
}

export interface Watched {
  readonly what: string
  readonly sdks: readonly Sdk[]
  readonly expected: readonly Sdk[]
}

/** Another way of loading: from another folder, or in another environment. */
export interface Way {
  readonly name: string
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
}

function startUpOf(marks: readonly Mark[]): StartUp {
  const [load, first, second] = ['loaded', 'first', 'second'].map((name) => marks.find((mark) => mark.name === name))
  if (!load || !first || !second) throw new Error('a process left out a mark')
  const extra = (figure: 'cpu' | 'wall') => first[figure] - load[figure] - (second[figure] - first[figure])
  return {
    load,
    extra: { cpu: extra('cpu'), wall: extra('wall') },
    whole: { cpu: load.cpu + extra('cpu'), wall: load.wall + extra('wall') },
    rss: second.rss,
  }
}

/** Small, so that the work itself does not hide the start. */
async function smallPhoto(): Promise<Uint8Array> {
  const { data, ...raw } = landscape(640, 480, 0)
  return sharp(data, { raw }).jpeg().toBuffer()
}

/** As Cloud Functions and the emulator's workers have it. */
function environment(stack: Stack, name: FunctionName): Readonly<Record<string, string>> {
  const scheduled = name === 'exportToBigQuery' || name === 'reconcile'
  // Functions on a schedule find nothing to do: a database and a bucket into which no image comes.
  const projectId = scheduled ? stack.projectId : `${stack.projectId}-images`
  return {
    FUNCTION_TARGET: name,
    K_SERVICE: name.toLowerCase(),
    FUNCTIONS_EMULATOR: 'true',
    METADATA_SERVER_DETECTION: 'none',
    GCLOUD_PROJECT: projectId,
    FIREBASE_CONFIG: JSON.stringify({ projectId }),
    RAW_BUCKET: scheduled ? `${stack.projectId}-nothing` : stack.rawBucket,
    PROCESSED_BUCKET: stack.processedBucket,
    FIRESTORE_EMULATOR_HOST: stack.firestoreHost,
    STORAGE_EMULATOR_HOST: stack.storageUrl,
    BIGQUERY_DATASET: stack.dataset,
    BIGQUERY_API_ENDPOINT: stack.bigQueryUrl ?? '',
  }
}

export class StartUpBench {
  readonly #stack: Stack
  readonly #raw: CloudObjects
  readonly #photo = smallPhoto()
  #uploads = 0

  constructor(stack: Stack) {
    this.#stack = stack
    this.#raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  }

  /** Which SDKs each function has loaded when. Fills the disk's caches, too. */
  async watch(functions: readonly FunctionName[]): Promise<readonly Watched[]> {
    const rows: Watched[] = []
    const traced = (name: FunctionName, names: Names) =>
      runChild({ code: ours(name, names), env: environment(this.#stack, name), traced: true })
    const delivered = await this.#newNames()
    for (const name of functions) {
      const marks = await traced(name, name === 'processImage' ? delivered : await this.#newNames())
      const { before, after } = SDKS_OF[name]
      rows.push({ what: `${name}, loaded`, sdks: sdksAt(marks, 'loaded'), expected: before })
      rows.push({ what: `${name}, after events`, sdks: sdksAt(marks, 'second'), expected: after })
    }
    const again = await traced('processImage', delivered)
    rows.push({ what: 'processImage, delivered again', sdks: sdksAt(again, 'second'), expected: NO_PIXELS })
    const text = new TextEncoder().encode('not an image')
    const refused = await traced('processImage', [await this.#upload(text), await this.#upload(new Uint8Array())])
    rows.push({ what: 'processImage, text and an empty file', sdks: sdksAt(refused, 'second'), expected: NO_PIXELS })
    return rows
  }

  /** Each round runs every contestant once; which side comes first changes with the round. The first round is not counted. */
  async functions(functions: readonly FunctionName[], rounds: number): Promise<ReadonlyMap<FunctionName, Measured>> {
    const measured = new Map<FunctionName, Measured>()
    for (const name of functions) measured.set(name, { ours: [], bare: [], modules: [] })
    for (let round = -1; round < rounds; round++) {
      for (const [name, { modules, ...sides }] of measured) {
        const env = environment(this.#stack, name)
        for (const side of round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)) {
          const code = (side === 'ours' ? ours : bare)(name, await this.#newNames())
          const startUp = startUpOf(await runChild({ code, env }))
          if (round >= 0) sides[side].push(startUp)
        }
        const [loaded] = await runChild({ code: ourModules(name), env })
        if (round >= 0 && loaded !== undefined) modules.push(loaded)
      }
    }
    return measured
  }

  /** processImage, loaded in each way. */
  async ways(ways: readonly Way[], rounds: number): Promise<ReadonlyMap<string, readonly StartUp[]>> {
    const measured = new Map(ways.map(({ name }) => [name, [] as StartUp[]]))
    for (let round = -1; round < rounds; round++) {
      for (const { name, folder, env } of ways) {
        const code = ours('processImage', await this.#newNames(), folder)
        const startUp = startUpOf(
          await runChild({ code, env: { ...environment(this.#stack, 'processImage'), ...env } }),
        )
        if (round >= 0) measured.get(name)?.push(startUp)
      }
    }
    return measured
  }

  async #upload(bytes: Uint8Array): Promise<string> {
    const name = `web/bench/upload-${this.#uploads++}/photo.jpg`
    await this.#raw.create(name, bytes, 'image/jpeg')
    return name
  }

  async #newNames(): Promise<Names> {
    const photo = await this.#photo
    return [await this.#upload(photo), await this.#upload(photo)]
  }
}

/** Milliseconds of CPU time that a Node takes which does nothing. */
export async function emptyNode(rounds: number): Promise<readonly number[]> {
  const all: number[] = []
  for (let round = 0; round < rounds; round++) all.push((await runChild({ code: "mark('loaded')" }))[0]?.cpu ?? NaN)
  return all
}
