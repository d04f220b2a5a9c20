/** What is done with every image. Importing this loads neither sharp nor an SDK: a claim asks for the version alone. */
import { createHash } from 'node:crypto'
import type { Processor } from './processor.ts'
import { facts } from './processors/facts.ts'
import { renditions } from './processors/renditions.ts'
import { thumbhash } from './processors/thumbhash.ts'

export interface Profile {
  /** The largest size, in pixels of the longer edge, to which images are decoded; processors get at most this. */
  readonly maxEdge: number
  /** In the order they run. */
  readonly processors: readonly Processor[]
  /** Changes with anything that changes results: {@link profileVersion}. */
  readonly version: string
}

/** The processors, in the order they run. A new one is added here: README.md, "Add a processor". */
export const PROCESSORS = [facts, renditions, thumbhash] as const satisfies readonly Processor[]

export const DEFAULT_PROFILE: Profile = defineProfile(1600, PROCESSORS)

/** Throws a RangeError for two processors of one name, or a name that is malformed or taken by a step of the pipeline's own. */
export function defineProfile(maxEdge: number, processors: readonly Processor[]): Profile {
  const names = new Set(['fetch', 'admit', 'decode', 'store'])
  for (const { name } of processors) {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) throw new RangeError(`a processor can't be named ${JSON.stringify(name)}`)
    if (names.has(name)) throw new RangeError(`two steps are named ${name}`)
    names.add(name)
  }
  return { maxEdge, processors, version: profileVersion(maxEdge, processors) }
}

/**
 * The first 48 bits of SHA-256 over what determines the results: the decoded size, and each processor's name, version and
 * settings in their order. Deadlines are not part of it, nor are the versions of libraries: raise a processor's version
 * where an update of sharp changes what it makes.
 */
function profileVersion(maxEdge: number, processors: readonly Processor[]): string {
  const content = [maxEdge, processors.map(({ name, version, settings }) => [name, version, settings])]
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 12)
}

/** JSON in which the order of an object's fields makes no difference. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}
