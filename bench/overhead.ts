/**
 * What the work step (admit, SHA-256, decode, profile, thumbhash) costs over writing the same renditions straight with sharp.
 *
 * Every image is run by each contestant in turn, in one process, round after round, so that whatever else the machine does
 * falls on all alike. The ratio is taken within each round, against the reference that is the fastest by its median.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { demoImages } from '../demo/images.ts'
import { landscape } from '../demo/scene.ts'
import { sharp } from '../demo/sharp.ts'
import { processImage } from '../functions/src/processing/process-image.ts'
import { DEFAULT_PROFILE } from '../functions/src/processing/profile.ts'
import { renditions } from '../functions/src/processing/processors/renditions.ts'
import { warmSharp } from '../functions/src/processing/sharp.ts'
import { median, printTable, spread, written, type Spread } from './figures.ts'

const HELP = `What the work step costs over the same renditions written straight with sharp, in images per second.

npm run bench overhead [DIR]          on the project's own images, and on those in DIR (else ../shared/images, where it is)
npm run bench overhead -- --rounds N  (else 7)
npm run bench overhead -- --json      the figures as one line of JSON, the last of standard output
`
const TARGET = 0.9
const LIMITS = { maxInputBytes: 50 * 2 ** 20, maxInputPixels: 100_000_000, maxDecodedBytes: 512 * 2 ** 20 }

const args = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (args.values.help) {
  process.stdout.write(HELP)
  process.exit()
}
const rounds = Number(args.values.rounds)
if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds is ${args.values.rounds}: expected 1 or more`)

interface Sample {
  readonly name: string
  readonly bytes: Uint8Array
}
interface Prepared extends Sample {
  /** The sizes that the profile makes of this image, ascending: a smaller image has fewer. */
  readonly sizes: readonly number[]
}
type Contestant = (sample: Prepared) => Promise<unknown>

const inside = (size: number) => ({ width: size, height: size, fit: 'inside', withoutEnlargement: true }) as const
const webp = { quality: renditions.settings.quality, effort: renditions.settings.effort }
const options = { failOn: 'error', limitInputPixels: LIMITS.maxInputPixels } as const

/** sharp's documented ways to several sizes, and last what someone would write who knows that decoding is the expensive part. */
const contestants = {
  async darkroom({ bytes }) {
    const result = await processImage(bytes, DEFAULT_PROFILE, LIMITS, new AbortController().signal)
    if (result.outcome !== 'processed') throw new Error(result.error.message)
  },
  'per size': ({ bytes, sizes }) =>
    Promise.all(sizes.map((size) => sharp(bytes, options).autoOrient().resize(inside(size)).webp(webp).toBuffer())),
  clone({ bytes, sizes }) {
    const image = sharp(bytes, options).autoOrient()
    return Promise.all(sizes.map((size) => image.clone().resize(inside(size)).webp(webp).toBuffer()))
  },
  async 'decode once'({ bytes, sizes }) {
    const largest = sharp(bytes, options)
      .autoOrient()
      .resize(inside(sizes.at(-1) ?? 0))
    const { data, info } = await largest.raw().toBuffer({ resolveWithObject: true })
    const raw = { width: info.width, height: info.height, channels: info.channels }
    return Promise.all(sizes.map((size) => sharp(data, { raw }).resize(inside(size)).webp(webp).toBuffer()))
  },
} as const satisfies Record<string, Contestant>
type Name = keyof typeof contestants
const names = Object.keys(contestants) as Name[]
const references = names.filter((name) => name !== 'darkroom')

/** Only what is processed can be compared; the rest is named. */
async function prepare(samples: readonly Sample[]): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = []
  for (const sample of samples) {
    const result = await processImage(sample.bytes, DEFAULT_PROFILE, LIMITS, new AbortController().signal)
    if (result.outcome === 'processed') {
      prepared.push({ ...sample, sizes: result.outputs.map(({ name }) => Number(name.replace('fit-', ''))) })
    } else {
      console.error(`left out: ${sample.name} (${result.outcome})`)
    }
  }
  return prepared
}

/** The demo's images, of which the photos have 4 megapixels, and one of 12 as telephones send them. */
async function ownImages(): Promise<readonly Sample[]> {
  const { data, ...raw } = landscape(4000, 3000, 3)
  const large = await sharp(data, { raw }).jpeg({ quality: 90 }).toBuffer()
  return [...(await demoImages()), { name: '12-megapixels.jpg', bytes: large }]
}

const filesIn = (directory: string): readonly Sample[] =>
  readdirSync(directory)
    .filter((name) => !name.endsWith('.md'))
    .map((name) => ({ name, bytes: readFileSync(join(directory, name)) }))

interface Report {
  readonly set: string
  readonly images: number
  readonly inFlight: number
  readonly rounds: number
  /** Median images per second. */
  readonly perSecond: Readonly<Record<Name, number>>
  readonly reference: Name
  readonly ratio: Spread
  /** Of CPU time for one image, the reference's to ours: says the same, and less of what else the machine does. */
  readonly cpuRatio: Spread
}

async function compare(set: string, samples: readonly Prepared[], inFlight: number): Promise<Report> {
  const none = () => Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
  const seconds: Record<Name, number>[] = []
  const cpu: Record<Name, number>[] = []
  for (let round = -1; round < rounds; round++) {
    const total = none()
    const used = none()
    for (const [i, sample] of samples.entries()) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(turn + i + round + 1) % names.length] as Name
        const start = performance.now()
        const before = process.cpuUsage()
        await Promise.all(Array.from({ length: inFlight }, () => contestants[name](sample)))
        total[name] += (performance.now() - start) / 1000
        const { user, system } = process.cpuUsage(before)
        used[name] += user + system
      }
    }
    // The first round warms up.
    if (round < 0) continue
    seconds.push(total)
    cpu.push(used)
  }
  const perSecond = none()
  for (const name of names) perSecond[name] = (samples.length * inFlight) / median(seconds.map((each) => each[name]))
  const reference = references.reduce((best, name) => (perSecond[name] > perSecond[best] ? name : best))
  const ratio = spread(seconds.map((each) => each[reference] / each.darkroom))
  const cpuRatio = spread(cpu.map((each) => each[reference] / each.darkroom))
  return { set, images: samples.length, inFlight, rounds, perSecond, reference, ratio, cpuRatio }
}

// What our side sets for the whole process (no cache, one thread to an image) holds for the references, too: it is sharp's
// own default on Linux but for the cache, which files seen once don't hit.
await warmSharp()
const given = args.positionals[0] ?? new URL('../../shared/images', import.meta.url).pathname
const sets: (readonly [string, readonly Prepared[]])[] = [['own', await prepare(await ownImages())]]
if (existsSync(given)) sets.push([basename(given), await prepare(filesIn(given))])
else if (args.positionals[0] !== undefined) throw new Error(`there is no folder ${given}`)

const reports: Report[] = []
for (const [set, samples] of sets) {
  for (const inFlight of [1, availableParallelism() * 2]) reports.push(await compare(set, samples, inFlight))
}
const ok = reports.every(({ ratio }) => ratio.median >= TARGET)

printTable(
  [
    'images',
    'in flight',
    ...names.map((name) => `${name}/s`),
    'ratio to the fastest (lowest - highest)',
    'of CPU time',
  ],
  reports.map(({ set, images, inFlight, perSecond, ratio, cpuRatio }) => [
    `${set} (${images})`,
    String(inFlight),
    ...names.map((name) => perSecond[name].toFixed(2)),
    written(ratio),
    written(cpuRatio),
  ]),
)
console.log(`target: at least ${TARGET}: ${ok ? 'reached' : 'missed'}`)
if (args.values.json) console.log(JSON.stringify({ target: TARGET, ok, reports }))
process.exitCode = ok ? 0 : 1
