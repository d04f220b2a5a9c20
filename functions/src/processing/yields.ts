/** Checks and copies what a processor yields, before any of it reaches a bucket or Firestore. */
import { MAX_FINDINGS_BYTES } from '../contract/limits.ts'
import type { OutputDraft, Pixels, Yield } from './processor.ts'

/** Each output becomes an entry of the record, which Firestore limits to 1 MiB in all. */
export const MAX_OUTPUTS = 100
/**
 * Firestore holds maps and arrays up to 20 deep; `findings` and the processor's name take two.
 * https://firebase.google.com/docs/firestore/quotas#limits
 */
export const MAX_FINDINGS_DEPTH = 16
/** Bytes of UTF-8 in a field's name; from the same page. */
const MAX_FIELD_NAME_BYTES = 1500

const OUTPUT_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/
const EXTENSION = /^[a-z0-9]{1,10}$/
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,99}$/

export class InvalidYield extends Error {
  override readonly name = 'InvalidYield'
}

export type Findings = Readonly<Record<string, unknown>>

/**
 * Takes a processor's outputs after those of the processors before it. Throws {@link InvalidYield} for a name that is taken
 * or malformed, an empty file, or a size that is none.
 */
export function checkedOutputs(before: readonly OutputDraft[], outputs: Yield['outputs'] = []): readonly OutputDraft[] {
  const names = new Set(before.map(({ name }) => name))
  for (const { name, extension, contentType, bytes, width, height } of outputs) {
    if (!OUTPUT_NAME.test(name)) fail(`output name ${JSON.stringify(name)} does not match ${OUTPUT_NAME.source}`)
    if (names.has(name)) fail(`output name ${name} is taken`)
    names.add(name)
    if (!EXTENSION.test(extension)) fail(`extension ${JSON.stringify(extension)} does not match ${EXTENSION.source}`)
    if (!MEDIA_TYPE.test(contentType)) fail(`content type ${JSON.stringify(contentType)} of ${name} is malformed`)
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) fail(`output ${name} has no bytes`)
    for (const edge of [width, height]) {
      if (edge !== null && !(Number.isSafeInteger(edge) && edge > 0))
        fail(`output ${name} has a side of ${edge} pixels`)
    }
  }
  if (names.size > MAX_OUTPUTS) fail(`more than ${MAX_OUTPUTS} outputs`)
  return [...before, ...outputs]
}

/**
 * What changes pixels, checked each time that it is called. Throws {@link InvalidYield} where the processor does not say that it changes
 * pixels, and for a page of another size or form than it was given.
 */
export function checkedDraw(draw: NonNullable<Yield['draw']>, changesPixels = false) {
  if (!changesPixels) fail('draw, by a processor whose changesPixels is not true')
  return async (page: Pixels): Promise<Pixels> => {
    const drawn = await draw(page)
    const { data, width, height, channels } = drawn
    if (width !== page.width || height !== page.height) {
      fail(`draw made ${width} x ${height} pixels of ${page.width} x ${page.height}`)
    }
    if (!(data instanceof Uint8Array) || ![3, 4].includes(channels) || data.length !== width * height * channels) {
      fail(`draw made no page of ${width} x ${height} pixels with 3 or 4 channels of 8 bits`)
    }
    return drawn
  }
}

/**
 * Adds a processor's findings under its name. They are copied, so that a processor cannot change them afterwards. Throws
 * {@link InvalidYield} for what is not JSON, what Firestore refuses (an array within an array, a field name such as
 * `__x__`, text that is not valid Unicode), and more than MAX_FINDINGS_BYTES in all.
 */
export function checkedFindings(before: Findings, processor: string, findings: Yield['findings']): Findings {
  if (findings === undefined) return before
  const all = { ...before, [processor]: copyMap(findings, processor, 1) }
  const bytes = Buffer.byteLength(JSON.stringify(all))
  if (bytes > MAX_FINDINGS_BYTES) fail(`findings of ${bytes} bytes in all, more than ${MAX_FINDINGS_BYTES}`)
  return all
}

function copyValue(value: unknown, path: string, depth: number): unknown {
  if (depth > MAX_FINDINGS_DEPTH) fail(`${path} is nested deeper than ${MAX_FINDINGS_DEPTH}`)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return value.isWellFormed() ? value : fail(`${path} is not valid Unicode`)
  if (typeof value === 'number') return Number.isFinite(value) ? value : fail(`${path} is ${value}`)
  if (typeof value !== 'object') return fail(`${path} is a ${typeof value}`)
  if (!Array.isArray(value)) return copyMap(value, path, depth)
  return Array.from(value as readonly unknown[], (item, i) =>
    Array.isArray(item)
      ? fail(`${path}[${i}] is an array within an array`)
      : copyValue(item, `${path}[${i}]`, depth + 1),
  )
}

function copyMap(value: object, path: string, depth: number): Findings {
  const prototype: unknown = Object.getPrototypeOf(value)
  // By its own prototype's constructor and not Object's: a value may come from another realm (a worker, a jest sandbox).
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) fail(`${path} is not a plain object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (
        name === '' ||
        /^__.*__$/s.test(name) ||
        !name.isWellFormed() ||
        Buffer.byteLength(name) > MAX_FIELD_NAME_BYTES
      ) {
        fail(`${path} has a field named ${JSON.stringify(name.slice(0, 100))}, which Firestore refuses`)
      }
      return [name, copyValue(item, `${path}.${name}`, depth + 1)]
    }),
  )
}

function fail(problem: string): never {
  throw new InvalidYield(problem)
}
