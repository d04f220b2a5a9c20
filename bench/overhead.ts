/**
 * What the work step (admit, SHA-256, decode, profile, thumbhash) costs over writing the same renditions straight with sharp.
 *
 *   node bench/overhead.ts [DIR] [--rounds N] [--json]
 *
 * Every image is run by each contestant in turn, in one process, round after round, so that whatever else the machine does
 * falls on all alike. Figures are images per second; the ratio is ours over the faster reference, per round, and its median.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { processImage } from '../functions/src/processing/process-image.ts'
import { DEFAULT_PROFILE } from '../functions/src/processing/profile.ts'
import { renditions } from '../functions/src/processing/processors/renditions.ts'
import { ownImages, type Sample } from './overhead-images.ts'

// sharp is a dependency of functions/, not of the root.
const sharp = createRequire(new URL('../functions/package.json', import.meta.url))('sharp') as typeof import('sharp')

const LIMITS = { maxInputBytes: 50 * 2 ** 20, maxInputPixels: 100_000_000, maxDecodedBytes: 512 * 2 ** 20 }
const TARGET = 0.9

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
})
const rounds = Number(values.rounds)

type Contestant = (sample: Prepared) => Promise<unknown>
interface Prepared extends Sample {
  /** The sizes that the profile makes of this image: a smaller image has fewer. */
  readonly sizes: readonly number[]
}

const inside = (size: number) => ({ width: size, height: size, fit: 'inside', withoutEnlargement: true }) as const
const webp = { quality: renditions.settings.quality, effort: renditions.settings.effort }
const options = { failOn: 'error', limitInputPixels: LIMITS.maxInputPixels } as const

const contestants: Readonly<Record<'darkroom' | 'per size' | 'clone', Contestant>> = {
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
}
type Name = keyof typeof contestants
const names = Object.keys(contestants) as Name[]

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

function folder(directory: string): readonly Sample[] {
  return readdirSync(directory)
    .filter((name) => !name.endsWith('.md'))
    .map((name) => ({ name, bytes: readFileSync(join(directory, name)) }))
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN

interface Report {
  readonly set: string
  readonly images: number
  readonly inFlight: number
  readonly rounds: number
  /** Median images per second. */
  readonly perSecond: Readonly<Record<Name, number>>
  readonly reference: Name
  readonly ratio: number
  readonly lowest: number
  readonly highest: number
}

async function compare(set: string, samples: readonly Prepared[], inFlight: number): Promise<Report> {
  const seconds: Record<Name, number[]> = { darkroom: [], 'per size': [], clone: [] }
  for (let round = -1; round < rounds; round++) {
    const total: Record<Name, number> = { darkroom: 0, 'per size': 0, clone: 0 }
    for (const [i, sample] of samples.entries()) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(turn + i + round + 1) % names.length] as Name
        const start = performance.now()
        await Promise.all(Array.from({ length: inFlight }, () => contestants[name](sample)))
        total[name] += (performance.now() - start) / 1000
      }
    }
    // The first round warms up.
    if (round >= 0) for (const name of names) seconds[name].push(total[name])
  }
  const count = samples.length * inFlight
  const perSecond = Object.fromEntries(names.map((name) => [name, count / median(seconds[name])])) as Record<
    Name,
    number
  >
  const reference = perSecond['per size'] >= perSecond.clone ? 'per size' : 'clone'
  const ratios = seconds[reference].map((s, i) => s / (seconds.darkroom[i] ?? NaN))
  return {
    set,
    images: samples.length,
    inFlight,
    rounds,
    perSecond,
    reference,
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  }
}

const given = positionals[0] ?? new URL('../../shared/images', import.meta.url).pathname
const sets: (readonly [string, readonly Prepared[]])[] = [['own images', await prepare(await ownImages())]]
if (existsSync(given)) sets.push([basename(given), await prepare(folder(given))])
else if (positionals[0] !== undefined) throw new Error(`there is no folder ${given}`)

const reports: Report[] = []
for (const [set, samples] of sets) {
  for (const inFlight of [1, availableParallelism() * 2]) reports.push(await compare(set, samples, inFlight))
}

console.log('| images | in flight | Darkroom/s | per size/s | clone()/s | ratio (lowest - highest) |')
console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
for (const { set, images, inFlight, perSecond, ratio, lowest, highest } of reports) {
  const rates = names.map((name) => perSecond[name].toFixed(2)).join(' | ')
  console.log(
    `| ${set} (${images}) | ${inFlight} | ${rates} | ${ratio.toFixed(2)} (${lowest.toFixed(2)} - ${highest.toFixed(2)}) |`,
  )
}
console.log(JSON.stringify({ target: TARGET, ok: reports.every(({ ratio }) => ratio >= TARGET), reports }))
