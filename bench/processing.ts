/**
 * The work on one image (header, limits, SHA-256, decoding, three WebP renditions, checks, deadlines) beside other ways to the same three.
 *
 * Every image is run by each contestant in turn, in one process, round after round, so that whatever else the machine does
 * falls on all alike. Ratios are taken within each round.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demoImages } from '../demo/images.ts'
import { landscape } from '../demo/scene.ts'
import { sharp } from '../demo/sharp.ts'
import { isSrgbProfile } from '../functions/src/processing/icc.ts'
import { processImage } from '../functions/src/processing/process-image.ts'
import { defineProfile, step, type Profile } from '../functions/src/processing/profile.ts'
import { STANDARD } from '../functions/src/processing/profiles.ts'
import { EFFORT, QUALITY, renditions } from '../functions/src/processing/processors/renditions.ts'
import { warmSharp } from '../functions/src/processing/sharp.ts'
import { LIMITS } from '../functions/src/processing/testing/images.ts'
import { median, printTable, spread, written, type Spread } from './figures.ts'
import { peaks, resting } from './processing-memory.ts'

const HELP = `The work on one image beside other ways to the same three WebP renditions; what each processor costs; memory.

npm run bench processing [DIR]          the photos in DIR (else ../shared/images, else the project's own), and 12 and 24 megapixels of them
npm run bench processing -- --rounds N  (else 5)
npm run bench processing -- --json      the figures as one line of JSON, the last of standard output
`
const args = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
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

/** Times as fast as each, by the medians of the rounds. */
const TARGETS = { script: 0.95, 'per size': 1.7, extension: 3 } as const

interface Photo {
  readonly name: string
  readonly bytes: Uint8Array
  /** Upright. */
  readonly width: number
  readonly height: number
}
type Contestant = (photo: Photo) => Promise<unknown>

const SIZES = [1600, 800, 200]
const inside = (size: number) => ({ width: size, height: size, fit: 'inside', withoutEnlargement: true }) as const
const never = new AbortController().signal

async function work(bytes: Uint8Array, profile: Profile) {
  const result = await processImage(bytes, profile, LIMITS, never)
  if (result.outcome !== 'processed') throw new Error(result.error.message)
  return result
}
const three = defineProfile('three', [step(renditions)])

const scratch = mkdtempSync(join(tmpdir(), 'darkroom-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))
let nextFile = 0

const contestants = {
  darkroom: ({ bytes }) => work(bytes, three),

  /** The fastest we know to write: decoded once at the largest size, each size from the next larger, no conversion from sRGB to sRGB. */
  async script({ bytes, width, height }) {
    const webp = { quality: QUALITY.webp, effort: EFFORT.webp }
    const { icc } = await sharp(bytes).metadata()
    const exact = (size: number) => {
      const scale = Math.min(1, size / Math.max(width, height))
      return { width: Math.round(width * scale), height: Math.round(height * scale), fit: 'fill' } as const
    }
    const options = { failOn: 'error', autoOrient: true, ignoreIcc: icc !== undefined && isSrgbProfile(icc) } as const
    let image = sharp(bytes, options).resize(exact(1600)).toColourspace('srgb')
    const outputs: Promise<Uint8Array>[] = []
    for (const size of SIZES) {
      // The reference makes no more files than we do.
      if (size > 200 && Math.max(width, height) <= (SIZES[SIZES.indexOf(size) + 1] ?? 0)) continue
      const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
      const raw = { width: info.width, height: info.height, channels: info.channels }
      outputs.push(sharp(data, { raw }).webp(webp).toBuffer())
      const next = SIZES[SIZES.indexOf(size) + 1]
      if (next !== undefined) image = sharp(data, { raw }).resize(exact(next))
    }
    return Promise.all(outputs)
  },

  /** As sharp's documentation and imgproxy do it: a pipeline to each size, WebP at libwebp's own effort. */
  'per size': ({ bytes, width, height }) =>
    Promise.all(
      wanted(width, height).map((size) =>
        sharp(bytes).autoOrient().resize(inside(size)).webp({ quality: QUALITY.webp }).toBuffer(),
      ),
    ),

  /**
   * As Google's resize-images extension does it, for all sizes side by side: decode, resize and encode as it was, decode and encode as WebP, then
   * decode that and write it to a file. https://github.com/firebase/extensions/blob/next/storage-resize-images/functions/src/resize-image.ts
   */
  async extension({ bytes, width, height }) {
    const modify = async (size: number) => {
      const resized = await sharp(bytes, { failOn: 'none' }).rotate().resize(inside(size)).toBuffer()
      const converted = await sharp(resized).webp({ quality: QUALITY.webp }).toBuffer()
      const file = join(scratch, `${nextFile++}.webp`)
      await sharp(converted).toFile(file)
      unlinkSync(file)
    }
    await Promise.all(wanted(width, height).map(modify))
  },
} as const satisfies Record<string, Contestant>
type Name = keyof typeof contestants
const names = Object.keys(contestants) as Name[]

/** The sizes that an image reaches, and the one that it fits in: as many files as darkroom makes. */
function wanted(width: number, height: number): readonly number[] {
  const longer = Math.max(width, height)
  return SIZES.filter((_size, i) => i === SIZES.length - 1 || longer > (SIZES[i + 1] ?? 0))
}

/** Photos of a folder; and the two largest again at 12 and 24 megapixels, as telephones and cameras send them. */
async function photos(): Promise<readonly Photo[]> {
  const given = args.positionals[0] ?? new URL('../../shared/images', import.meta.url).pathname
  if (args.positionals[0] !== undefined && !existsSync(given)) throw new Error(`there is no folder ${given}`)
  const files = existsSync(given) ? filesIn(given) : [...(await demoImages()), await ownPhoto()]
  const found: Photo[] = []
  for (const { name, bytes } of files) {
    const result = await processImage(bytes, STANDARD, LIMITS, never)
    const { format, width, height, pages } = result.input
    if (result.outcome === 'processed' && ['jpeg', 'webp'].includes(format) && pages === 1) {
      found.push({ name, bytes, width, height })
    }
  }
  const largest = found.toSorted((a, b) => b.width * b.height - a.width * a.height).slice(0, 2)
  for (const { name, bytes } of largest) {
    for (const [width, height] of [
      [4000, 3000],
      [6000, 4000],
    ] as const) {
      const image = sharp(bytes).autoOrient().resize(width, height, { fit: 'cover' }).keepIccProfile()
      found.push({
        name: `${width}x${height} of ${name}`,
        bytes: await image.jpeg({ quality: 90 }).toBuffer(),
        width,
        height,
      })
    }
  }
  return found
}

async function ownPhoto(): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const { data, ...raw } = landscape(4000, 3000, 3)
  return { name: 'landscape.jpg', bytes: await sharp(data, { raw }).jpeg({ quality: 90 }).toBuffer() }
}

const filesIn = (folder: string) =>
  readdirSync(folder).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }))

interface Report {
  readonly inFlight: number
  /** Median images per second, and median CPU seconds for one image. */
  readonly perSecond: Readonly<Record<Name, number>>
  readonly cpuSeconds: Readonly<Record<Name, number>>
  /** How many times as fast darkroom is as each. */
  readonly ratios: Readonly<Record<Name, Spread>>
}

async function compare(samples: readonly Photo[], inFlight: number): Promise<Report> {
  const perRound = { seconds: [] as Record<Name, number>[], cpu: [] as Record<Name, number>[] }
  const each = (value: (name: Name) => number) =>
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>
  for (let round = -1; round < rounds; round++) {
    const seconds = each(() => 0)
    const cpu = each(() => 0)
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round + 1) % names.length] as Name
      const start = performance.now()
      const before = process.cpuUsage()
      const waiting = [...samples]
      const worker = async () => {
        for (let photo; (photo = waiting.shift());) await contestants[name](photo)
      }
      await Promise.all(Array.from({ length: inFlight }, worker))
      seconds[name] = (performance.now() - start) / 1000
      const { user, system } = process.cpuUsage(before)
      cpu[name] = (user + system) / 1e6
    }
    // The first round warms up.
    if (round < 0) continue
    perRound.seconds.push(seconds)
    perRound.cpu.push(cpu)
  }
  return {
    inFlight,
    perSecond: each((name) => samples.length / median(perRound.seconds.map((round) => round[name]))),
    cpuSeconds: each((name) => median(perRound.cpu.map((round) => round[name])) / samples.length),
    ratios: Object.fromEntries(
      names.map((name) => [name, spread(perRound.seconds.map((round) => round[name] / round.darkroom))]),
    ) as Record<Name, Spread>,
  }
}

/** Of the whole work on a photo with the standard profile, in percent. */
async function shares(samples: readonly Photo[]): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {}
  for (const { bytes } of samples) {
    for (const [name, milliseconds] of Object.entries((await work(bytes, STANDARD)).durations)) {
      sums[name] = (sums[name] ?? 0) + milliseconds
    }
  }
  const whole = Object.values(sums).reduce((sum, one) => sum + one, 0)
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, (100 * sum) / whole]))
}

// What our side sets for the whole process (no cache, one thread to an image) holds for the references, too: it is sharp's
// own default on Linux but for the cache, which files seen once don't hit.
await warmSharp()
const samples = await photos()
const reports: Report[] = []
for (const inFlight of [1, 2, 4]) reports.push(await compare(samples, inFlight))

console.log(`${samples.length} photos, ${rounds} rounds; images per second, and CPU seconds for one\n`)
printTable(
  ['in flight', ...names, ...Object.keys(TARGETS).map((name) => `times ${name} (lowest - highest)`)],
  reports.map(({ inFlight, perSecond, cpuSeconds, ratios }) => [
    String(inFlight),
    ...names.map((name) => `${perSecond[name].toFixed(1)} (${cpuSeconds[name].toFixed(3)})`),
    ...(Object.keys(TARGETS) as (keyof typeof TARGETS)[]).map((name) => written(ratios[name])),
  ]),
)
const parts = await shares(samples)
console.log('\nof the whole work with the standard profile, in percent\n')
printTable(Object.keys(parts), [Object.values(parts).map((share) => share.toFixed(1))])

const memory = { peaks: process.platform === 'linux' ? await peaks() : [], resting: await resting() }
console.log('\npeak resident memory above that of the process at rest, beside what admission counts, MiB\n')
printTable(
  ['image', 'peak', 'counted'],
  memory.peaks.map(({ name, peakMiB, countedMiB }) => [name, peakMiB.toFixed(0), countedMiB.toFixed(0)]),
)
console.log(
  `\nresident after 100, 400, 700 and 1,000 images: ${memory.resting.map((one) => one.toFixed(0)).join(', ')} MiB`,
)

const missed = reports.flatMap(({ inFlight, ratios }) =>
  (Object.keys(TARGETS) as (keyof typeof TARGETS)[]).flatMap((name) =>
    ratios[name].median >= TARGETS[name] ? [] : [`${name} with ${inFlight} in flight`],
  ),
)
console.log(`\ntargets ${JSON.stringify(TARGETS)}: ${missed.length === 0 ? 'reached' : `missed: ${missed.join(', ')}`}`)
if (args.values.json) console.log(JSON.stringify({ targets: TARGETS, missed, reports, parts, memory }))
process.exitCode = missed.length === 0 ? 0 : 1
