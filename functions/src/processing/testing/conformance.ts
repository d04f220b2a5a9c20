/** What every registered processor must keep to, whatever it does: `processors/conformance.test.ts` runs it over all of them. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import sharp from 'sharp'
import { ERROR_CODES } from '../../contract/outcomes.ts'
import { processImage, type ProcessingResult } from '../process-image.ts'
import { defineProfile, type Step } from '../profile.ts'
import { BLUE, giants, GREEN, LIMITS, pages, plain, quadrants, RED, smallImages } from './images.ts'
import { processorOf } from './processors.ts'

/** In the EXIF, GPS and XMP blocks of sound inputs: must not be in any output. */
const SECRET = 'Jane Doe of 51 degrees north'
const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>${SECRET}</rdf:Description></rdf:RDF></x:xmpmeta>`

export type Inputs = Readonly<Record<string, Uint8Array>>

/** Images that a processor must be able to do: every format and form, the smallest, and the longest and thinnest. */
export async function soundImages(): Promise<Inputs> {
  const { jpeg, png, webp, avif, gif, tiff } = await smallImages()
  const image = quadrants(300, 200)
  const told = (one: typeof image) =>
    one
      .clone()
      .withExif({ IFD0: { Artist: SECRET }, IFD3: { GPSLatitudeRef: 'N' } })
      .withXmp(XMP)
  return {
    jpeg,
    png,
    webp,
    avif,
    gif,
    tiff,
    'a JPEG with everything in it': await told(image).withIccProfile('p3').jpeg().toBuffer(),
    'a WebP with everything in it': await told(image).webp().toBuffer(),
    'a CMYK JPEG': await image.clone().toColourspace('cmyk').jpeg().toBuffer(),
    'a grey JPEG': await image.clone().toColourspace('b-w').jpeg().toBuffer(),
    'a progressive JPEG': await image.clone().jpeg({ progressive: true }).toBuffer(),
    'a turned JPEG': await image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    'a mirrored JPEG': await image.clone().withMetadata({ orientation: 4 }).jpeg().toBuffer(),
    'a 16 bit PNG with alpha': await plain(60, 40, RED, 0.5).toColourspace('rgb16').png().toBuffer(),
    'a 16 bit grey PNG': await plain(60, 40, GREEN).toColourspace('grey16').png().toBuffer(),
    'a PNG with a palette': await image.clone().png({ palette: true }).toBuffer(),
    'an animated WebP': await pages(60, 40, 'webp'),
    'an animated GIF': await pages(60, 40, 'gif'),
    'a TIFF of several pages': await pages(60, 40, 'tiff'),
    'a HEIC': readFileSync(join(__dirname, 'fixtures/p3.heic')),
    'a HEIC with alpha': readFileSync(join(__dirname, 'fixtures/alpha.heic')),
    'an SVG': Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><circle cx="20" cy="20" r="9"/></svg>',
    ),
    'one pixel': await plain(1, 1, BLUE).png().toBuffer(),
    'one clear pixel': await plain(1, 1, BLUE, 0).png().toBuffer(),
    'one row': await plain(20_000, 1, BLUE).png().toBuffer(),
    'one column': await plain(1, 20_000, BLUE).jpeg().toBuffer(),
    'one larger than every size': await quadrants(2100, 1700).jpeg().toBuffer(),
  }
}

/** Files that end with a reason, or get through and then must do no harm: cut, damaged, and lying about their size. */
export async function hostileFiles(): Promise<Inputs> {
  const files: Record<string, Uint8Array> = {}
  for (const [format, bytes] of Object.entries(await giants(60_000))) files[`a giant ${format}`] = bytes
  for (const [format, bytes] of Object.entries({ ...(await smallImages()), webps: await pages(16, 16, 'webp') })) {
    for (const part of [0.3, 0.6, 0.95]) {
      const at = Math.floor(bytes.length * part)
      files[`a ${format} cut at ${part}`] = bytes.subarray(0, at)
      files[`a ${format} damaged at ${part}`] = Buffer.from(bytes).fill(0x55, at, at + 4)
    }
  }
  return files
}

/**
 * Every way in which a step breaks the contract, in a sentence each; none is what it should be. One image after the other, the second time
 * beside another in flight.
 */
export async function conformanceProblems(step: Step, sound: Inputs, hostile: Inputs): Promise<readonly string[]> {
  const { name } = step.processor
  const problems = new Set<string>()
  const profile = defineProfile('conformance', [step, afterwards])
  const limits = { ...LIMITS, allowSvg: true }
  const run = (bytes: Uint8Array) => processImage(bytes, profile, limits, new AbortController().signal)
  const temporary = mkdtempSync(join(os.tmpdir(), 'conformance-'))
  const spied = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary)
  try {
    const neighbour = sound['jpeg'] ?? new Uint8Array()
    const filesBefore = files(temporary)
    const firsts = new Map<string, ProcessingResult>()
    const untouched = new Map<string, Uint8Array>()
    for (const [what, bytes] of Object.entries({ ...sound, ...hostile })) {
      untouched.set(what, Buffer.from(bytes))
      firsts.set(what, await run(bytes))
    }
    // What is loaded once may stay open; what each image opens may not.
    const before = await open()
    for (const [what, bytes] of Object.entries({ ...sound, ...hostile })) {
      const first = firsts.get(what) as ProcessingResult
      const [second] = await Promise.all([run(bytes), run(neighbour)])
      if (Buffer.compare(untouched.get(what) as Uint8Array, bytes) !== 0)
        problems.add(`${name} writes into the file it is given`)
      if (!isDeepStrictEqual(made(first), made(second))) problems.add(`${name} does not make the same twice of ${what}`)
      if (!['processed', ...ERROR_CODES].includes(first.outcome)) problems.add(`${name} ends as ${first.outcome}`)
      if (what in sound && first.outcome !== 'processed') problems.add(`${name} fails on ${what}: ${reason(first)}`)
      if (what in hostile && first.outcome.startsWith('processor-')) {
        problems.add(`${name} fails on ${what}, which was admitted and decoded: ${reason(first)}`)
      }
      for (const problem of await tellTales(first)) problems.add(`${name} ${problem} of ${what}`)
    }
    for (const file of files(temporary))
      if (!filesBefore.includes(file)) problems.add(`${name} leaves the file ${file} behind`)
    // What is left behind is so by each image; a few more or less are the test runner's own.
    const images = Object.keys(sound).length
    for (const [what, count] of await open()) {
      if (count - (before.get(what) ?? 0) >= images) problems.add(`${name} leaves ${what} behind`)
    }
  } finally {
    spied.mockRestore()
    rmSync(temporary, { recursive: true })
  }
  return [...problems]
}

const made = (result: ProcessingResult) =>
  result.outcome === 'processed' ? { outputs: result.outputs, findings: result.findings } : { error: result.error }

function reason(result: ProcessingResult): string {
  if (result.outcome === 'processed') return 'processed'
  return result.internal instanceof Error ? result.internal.message : result.error.message
}

/** Sees what the step leaves of the image for those after it. */
const afterwards: Step = {
  processor: processorOf(
    'afterwards',
    async (image) => {
      const hash = createHash('sha256')
      hash.update((await image.pixels(200)).data)
      hash.update((await image.animation(40))?.strip.data ?? '')
      return { findings: { pixels: hash.digest('hex') } }
    },
    { needs: () => ({ sizes: [200], frames: [40] }) },
  ),
  settings: {},
}

/** What outputs give away of what their senders did not mean to show. */
async function tellTales(result: ProcessingResult): Promise<readonly string[]> {
  if (result.outcome !== 'processed') return []
  const problems: string[] = []
  for (const { name, bytes, contentType } of result.outputs) {
    if (Buffer.from(bytes).includes(SECRET)) problems.push(`lets the metadata into ${name}`)
    if (!contentType.startsWith('image/')) continue
    const { exif, xmp, iptc, orientation } = await sharp(bytes).metadata()
    if (exif !== undefined || xmp !== undefined || iptc !== undefined) problems.push(`lets metadata into ${name}`)
    if (orientation !== undefined) problems.push(`leaves ${name} to be turned by its viewer`)
  }
  return problems
}

const files = (temporary: string) => [temporary, process.cwd()].flatMap((folder) => readdirSync(folder))

/** How many of what are open, once everything has come to rest. */
async function open(): Promise<ReadonlyMap<string, number>> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  const all = [...process.getActiveResourcesInfo().map((one) => `an open ${one}`), ...openFiles()]
  return new Map([...Map.groupBy(all, (one) => one)].map(([one, same]) => [one, same.length]))
}

/** Where the system tells. */
function openFiles(): readonly string[] {
  if (!existsSync('/proc/self/fd')) return []
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const link = `/proc/self/fd/${fd}`
    // But the one by which the folder was read.
    return existsSync(link) ? [`${readlinkSync(link)} open`] : []
  })
}
