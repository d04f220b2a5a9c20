/** Damaged files, made from sound ones: the same for the same seed. Run by itself it writes them into a folder. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync, inflateSync } from 'node:zlib'
import { ACCEPTED_FORMATS } from '../../functions/src/contract/formats.ts'
import { type Field, mendChecksums, structureOf } from './file-structure.ts'
import { longFile, type SeedFile, seedFiles } from './mutant-seeds.ts'

export interface Mutant {
  readonly index: number
  /** Says all there is to know: index, format, seed file, kind. A file's name. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Numbers from 0 to 1, always the same for a seed. Tommy Ettinger's mulberry32, in the public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Dice {
  readonly #random: () => number
  constructor(seed: number) {
    this.#random = mulberry32(seed)
  }
  /** A whole number from 0 to `below` - 1; 0 where there is none. */
  below(below: number): number {
    return Math.floor(this.#random() * Math.max(1, below))
  }
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

type Mutation = (dice: Dice, bytes: Buffer, file: SeedFile, others: readonly SeedFile[]) => Buffer

/** More than any seed file has, and not so much that repeating a part takes long. */
const MAX_BYTES = 2 ** 20

const truncate: Mutation = (dice, bytes) =>
  bytes.subarray(0, dice.below(dice.pick([64, 1024, bytes.length, bytes.length])))

const flipBits: Mutation = (dice, bytes) => {
  const reach = dice.pick([200, bytes.length])
  for (let left = dice.pick([1, 2, 8, 64]); left > 0; left--) {
    const at = dice.below(Math.min(reach, bytes.length))
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
  }
  return bytes
}

const fillRun: Mutation = (dice, bytes) => {
  const from = dice.below(bytes.length)
  return bytes.fill(dice.pick([0, 0xff]), from, Math.min(bytes.length, from + 1 + dice.below(dice.pick([4, 64, 2000]))))
}

const moveParts: Mutation = (dice, bytes, { format }) => {
  const { cuts } = structureOf(format, bytes)
  const bounds = [0, ...cuts, bytes.length]
  const parts = bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end))
  const [one, other] = [1 + dice.below(parts.length - 1), 1 + dice.below(parts.length - 1)]
  const part = parts[one] ?? Buffer.alloc(0)
  const kind = dice.pick(['swap', 'repeat', 'drop'] as const)
  if (kind === 'swap') {
    parts[one] = parts[other] ?? part
    parts[other] = part
  } else if (kind === 'drop') {
    parts.splice(one, 1)
  } else {
    const times = Math.min(dice.pick([1, 2, 50, 3000]), Math.ceil(MAX_BYTES / (part.length + 1)))
    parts.splice(other, 0, ...Array.from({ length: times }, () => part))
  }
  return Buffer.concat(parts)
}

/** Sizes at which limits and overflows lie: 16 and 32 bits, the formats' own, and just within 100 million pixels. */
const EXTREMES = [
  0, 1, 2, 9, 255, 9_999, 16_383, 16_384, 30_000, 65_499, 65_535, 65_536, 1_000_000, 9_999_999, 0x7fff_ffff,
  0x8000_0000, 0xffff_ffff,
]

const overwriteFields: Mutation = (dice, bytes, { format }) => {
  const { fields } = structureOf(format, bytes)
  for (let left = dice.pick([1, 1, 2, 3]); left > 0 && fields.length > 0; left--)
    overwrite(dice, bytes, dice.pick(fields))
  if (format === 'png') mendChecksums(bytes)
  return bytes
}

/** One of a size's declarations, or all of them alike, as where an image and its frames must agree. */
const overwriteDimensions: Mutation = (dice, bytes, { format }) => {
  const { dimensions } = structureOf(format, bytes)
  const value = dice.pick(EXTREMES)
  const chosen = dice.pick(['one', 'two', 'all'] as const)
  const some =
    chosen === 'all' ? dimensions : [dice.pick(dimensions), ...(chosen === 'two' ? [dice.pick(dimensions)] : [])]
  for (const field of some) overwrite(dice, bytes, field, value)
  if (format === 'png') mendChecksums(bytes)
  return bytes
}

function overwrite(dice: Dice, bytes: Buffer, { at, size, littleEndian }: Field, chosen?: number): void {
  const small = BigInt(chosen ?? dice.pick([...EXTREMES, bytes.length, dice.below(bytes.length)]))
  const value = small * (size === 8 ? dice.pick([1n, 0xffff_ffffn]) : 1n)
  for (let i = 0; i < size; i++) {
    bytes[at + (littleEndian ? i : size - 1 - i)] = Number((value >> BigInt(8 * i)) & 255n)
  }
}

const glue: Mutation = (dice, bytes, _file, others) => {
  const other = Buffer.from(dice.pick(others).bytes)
  const [end, from] = dice.pick([
    [bytes.length, 0],
    [dice.below(bytes.length), 0],
    [dice.below(bytes.length), dice.below(other.length)],
  ])
  return Buffer.concat([bytes.subarray(0, end), other.subarray(from)])
}

const otherBody: Mutation = (dice, bytes, { format }, others) => {
  const { cuts } = structureOf(format, bytes)
  const head = bytes.subarray(0, dice.pick([12, 32, ...cuts.slice(0, 12)]))
  const body = dice.pick([
    () => dice.bytes(2000),
    () => Buffer.alloc(bytes.length, dice.pick([0, 0xff])),
    () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>\n'.repeat(20)),
    () => Buffer.from(dice.pick(others).bytes),
  ])()
  return Buffer.concat([head, body])
}

const trailGarbage: Mutation = (dice, bytes, _file, others) =>
  Buffer.concat([
    bytes,
    dice.pick([dice.bytes(1 + dice.below(5000)), Buffer.alloc(100_000), Buffer.from(dice.pick(others).bytes)]),
  ])

/** What marks EXIF, ICC and other descriptions, with how far before it they begin. ICC.1:2022, 7.2.9; TIFF 6.0, 2. */
const DESCRIPTIONS = [
  ['Exif\0\0', 4],
  ['acsp', 36],
  ['II*\0', 0],
  ['MM\0*', 0],
  ['ICC_PROFILE', 4],
  ['ICCP', 0],
  ['EXIF', 0],
  ['eXIf', 4],
  ['colr', 4],
  ['NETSCAPE', 3],
] as const

const damageDescription: Mutation = (dice, bytes, { format }) => {
  if (format === 'png') return damageProfile(dice, bytes)
  const starts = DESCRIPTIONS.map(([mark, before]) => bytes.indexOf(mark, 9, 'latin1') - before).filter((at) => at >= 0)
  if (starts.length === 0) return flipBits(dice, bytes, { name: '', format, bytes }, [])
  const start = dice.pick(starts)
  for (let left = dice.pick([1, 4, 40]); left > 0; left--) {
    const at = start + dice.below(dice.pick([16, 130, 500]))
    if (at < bytes.length) bytes[at] = dice.pick([0, 0xff, dice.below(256)])
  }
  return bytes
}

/** A PNG's profile is compressed: it is damaged inside, or becomes a bomb of 100 MB. PNG 1.2, 4.2.2.4. */
function damageProfile(dice: Dice, bytes: Buffer): Buffer {
  const type = bytes.indexOf('iCCP', 8, 'latin1')
  const profile = type < 0 ? Buffer.alloc(3000) : inflateSync(bytes.subarray(bytes.indexOf(0, type + 4) + 2))
  for (let left = dice.pick([1, 4, 40]); left > 0; left--)
    profile[dice.below(400)] = dice.pick([0, 0xff, dice.below(256)])
  const data = deflateSync(dice.below(4) === 0 ? Buffer.alloc(100 * 2 ** 20) : profile)
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('iCCPicc\0\0', 'latin1'), data, Buffer.alloc(4)])
  chunk.writeUInt32BE(chunk.length - 12, 0)
  const old = type < 0 ? 0 : 12 + bytes.readUInt32BE(type - 4)
  const at = type < 0 ? 33 : type - 4
  const mended = Buffer.concat([bytes.subarray(0, at), chunk, bytes.subarray(at + old)])
  mendChecksums(mended)
  return mended
}

const MUTATIONS = {
  truncated: truncate,
  'bits-flipped': flipBits,
  'run-filled': fillRun,
  'parts-moved': moveParts,
  'fields-overwritten': overwriteFields,
  'dimensions-overwritten': overwriteDimensions,
  glued: glue,
  'other-body': otherBody,
  'garbage-behind': trailGarbage,
  'description-damaged': damageDescription,
} as const satisfies Readonly<Record<string, Mutation>>
const KINDS = Object.keys(MUTATIONS) as (keyof typeof MUTATIONS)[]

/** `count` damaged files, formats and kinds in equal shares. Each depends on `seed` and its own index alone. */
export function mutants(seed: number, count: number, files: readonly SeedFile[]): Mutant[] {
  return Array.from({ length: count }, (_, index) => {
    const dice = new Dice(Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b))
    const format = ACCEPTED_FORMATS[index % ACCEPTED_FORMATS.length] ?? 'jpeg'
    const kind = KINDS[Math.floor(index / ACCEPTED_FORMATS.length) % KINDS.length] ?? 'truncated'
    const file = dice.pick(files.filter((candidate) => candidate.format === format))
    const bytes = MUTATIONS[kind](dice, Buffer.from(file.bytes), file, files)
    return { index, name: `${String(index).padStart(4, '0')}.${format}.${file.name}.${kind}`, bytes }
  })
}

/** `node tests/faults/mutants.ts SEED COUNT FOLDER`: writes the sound files (`sound.…`), a long one and the damaged ones. */
if (import.meta.main) {
  const [seed = '1', count = '500', folder = 'mutants'] = process.argv.slice(2)
  const files = await seedFiles()
  await mkdir(folder, { recursive: true })
  for (const { format, name, bytes } of files) await writeFile(join(folder, `sound.${format}.${name}`), bytes)
  const long = await longFile()
  await writeFile(join(folder, `refused.${long.format}.${long.name}`), long.bytes)
  for (const { name, bytes } of mutants(Number(seed), Number(count), files)) await writeFile(join(folder, name), bytes)
}
