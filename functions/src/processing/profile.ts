/**
 * Profiles: which processors run on an image, with which settings. The project's own are in profiles.ts; a customer may have others in
 * Firestore, written as data and checked by the same code. Importing this loads neither sharp nor an SDK.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { FORMATS, type Format } from '../contract/formats.ts'
import { SOURCES, type Source } from '../contract/names.ts'
import type { Processor } from './processor.ts'

/** A processor with its settings, as their schema gave them back: defaults filled in. */
export interface Step {
  readonly processor: Processor
  readonly settings: unknown
}

export interface Profile {
  readonly name: string
  /** In the order they run. */
  readonly steps: readonly Step[]
  /** Changes with anything that changes results: {@link profileVersion}. */
  readonly version: string
}

/** A step as it is written in Firestore. */
export interface StepData {
  readonly use: string
  readonly settings: Readonly<Record<string, unknown>>
}

/** The first that fits an image decides: what is left out fits every one. */
export interface Choice {
  readonly source?: Source | undefined
  readonly formats?: readonly Format[] | undefined
  readonly profile: string
}

export interface Profiles {
  readonly profiles: ReadonlyMap<string, Profile>
  readonly choose: readonly Choice[]
  /** Everything that profiles may name, by its name. */
  readonly processors: ReadonlyMap<string, Processor>
}

/** Says everything that is wrong with profiles, at once. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`the profiles can't be used:\n- ${problems.join('\n- ')}`)
    this.problems = problems
  }
}

/** A step of the project's own profiles; its settings are checked by the compiler, and again when they are defined. */
export function step<P extends Processor>(processor: P, settings: object & v.InferInput<P['settings']> = {}): Step {
  return { processor, settings }
}

/** `also`: processors that no profile of the project's names but a customer's may. Throws a {@link ProfileError}. */
export function defineProfiles(definition: {
  readonly profiles: Readonly<Record<string, readonly Step[]>>
  readonly choose: readonly Choice[]
  readonly also?: readonly Processor[]
}): Profiles {
  const problems: string[] = []
  const processors = new Map<string, Processor>()
  for (const processor of [...Object.values(definition.profiles).flatMap(named), ...(definition.also ?? [])]) {
    if ((processors.get(processor.name) ?? processor) !== processor)
      problems.push(`two processors are named ${processor.name}`)
    processors.set(processor.name, processor)
  }
  for (const name of processors.keys()) {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) problems.push(`a processor can't be named ${JSON.stringify(name)}`)
    if (STAGES.includes(name)) problems.push(`a processor can't be named ${name}: that is a stage of the engine`)
  }
  const profiles = new Map<string, Profile>()
  for (const [name, steps] of Object.entries(definition.profiles)) {
    const profile = profileOf(name, steps, problems)
    if (profile !== null) profiles.set(name, profile)
  }
  for (const { profile } of definition.choose) {
    if (!(profile in definition.profiles)) problems.push(`choose: there is no profile ${JSON.stringify(profile)}`)
  }
  const last = definition.choose.at(-1)
  if (last === undefined || last.source !== undefined || last.formats !== undefined) {
    problems.push('choose: the last choice must fit every image, so it names a profile and nothing else')
  }
  if (problems.length > 0) throw new ProfileError(problems)
  return { profiles, choose: definition.choose, processors }
}

const named = (steps: readonly Step[]) => steps.map(({ processor }) => processor)

/** What `durations` also holds, by the engine's own names. */
const STAGES = ['fetch', 'admit', 'decode', 'store']

/** A single profile, as tests and benches have use for. Throws a {@link ProfileError}. */
export function defineProfile(name: string, steps: readonly Step[]): Profile {
  const { profiles } = defineProfiles({ profiles: { [name]: steps }, choose: [{ profile: name }] })
  return profiles.get(name) as Profile
}

function profileOf(name: string, steps: readonly Step[], problems: string[]): Profile | null {
  const before = problems.length
  const seen = new Set<string>()
  const checked = steps.map(({ processor, settings }) => {
    if (seen.has(processor.name)) problems.push(`${name}: ${processor.name} stands there twice`)
    seen.add(processor.name)
    const result = v.safeParse(processor.settings, settings)
    if (result.success) return { processor, settings: result.output }
    for (const issue of result.issues) {
      const path = v.getDotPath(issue)
      problems.push(`${name}: ${processor.name}${path === null ? '' : `, ${path}`}: ${issue.message}`)
    }
    return { processor, settings }
  })
  if (steps.length === 0) problems.push(`${name}: expected at least one step`)
  return problems.length > before ? null : { name, steps: checked, version: profileVersion(checked) }
}

/**
 * The first 48 bits of SHA-256 over what determines the results: each processor's name, version and settings in their order. Budgets
 * are not part of it, nor are the versions of libraries: raise a processor's version where an update of sharp changes what it makes.
 */
function profileVersion(steps: readonly Step[]): string {
  const content = steps.map(({ processor: { name, version }, settings }) => [name, version, settings])
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

/** The profile for an image: the first choice that fits, of the customer's own before the project's. */
export function chooseProfile(
  image: { readonly source: Source; readonly format: Format },
  project: Profiles,
  own: Profiles | null = null,
): Profile {
  for (const { profiles, choose } of own === null ? [project] : [own, project]) {
    const fits = choose.find(
      ({ source, formats }) =>
        (source === undefined || source === image.source) && (formats === undefined || formats.includes(image.format)),
    )
    const profile = fits && profiles.get(fits.profile)
    if (profile) return profile
  }
  throw new Error('the last choice of the project fits every image') // defineProfiles saw to it
}

export const stepData = ({ processor, settings }: Step): StepData => ({
  use: processor.name,
  settings: settings as StepData['settings'],
})

const StepSchema = v.strictObject({
  use: v.string(),
  settings: v.optional(v.record(v.string(), v.unknown()), {}),
})

const OverrideSchema = v.strictObject({
  profiles: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,62}$/)), v.array(StepSchema)), {}),
  choose: v.pipe(
    v.array(
      v.strictObject({
        source: v.optional(v.picklist(SOURCES)),
        formats: v.optional(v.array(v.picklist(FORMATS))),
        profile: v.string(),
      }),
    ),
    v.minLength(1),
  ),
})

/**
 * A customer's own profiles and choices, from data; choices may also name the project's profiles, and an image that fits none gets the
 * project's. Throws a {@link ProfileError} that says all that is wrong.
 */
export function parseOverride(data: unknown, project: Profiles): Profiles {
  const parsed = v.safeParse(OverrideSchema, data)
  if (!parsed.success) {
    throw new ProfileError(parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`))
  }
  const problems: string[] = []
  const profiles = new Map(project.profiles)
  for (const [name, steps] of Object.entries(parsed.output.profiles)) {
    const profile = profileFromData(name, steps, project, problems)
    if (profile !== null) profiles.set(name, profile)
  }
  for (const { profile } of parsed.output.choose) {
    if (!profiles.has(profile) && !(profile in parsed.output.profiles)) {
      problems.push(
        `choose: there is no profile ${JSON.stringify(profile)}: expected one of ${[...profiles.keys()].join(', ')}`,
      )
    }
  }
  if (problems.length > 0) throw new ProfileError(problems)
  return { profiles, choose: parsed.output.choose, processors: project.processors }
}

/** A profile as {@link stepData} wrote it. Throws a {@link ProfileError} where this version of the project can't run it. */
export function parseProfile(name: string, steps: unknown, project: Profiles): Profile {
  const problems: string[] = []
  const parsed = v.safeParse(v.array(StepSchema), steps)
  const profile = parsed.success ? profileFromData(name, parsed.output, project, problems) : null
  if (profile === null) throw new ProfileError(parsed.success ? problems : parsed.issues.map(({ message }) => message))
  return profile
}

function profileFromData(
  name: string,
  steps: readonly StepData[],
  project: Profiles,
  problems: string[],
): Profile | null {
  const before = problems.length
  const known = steps.flatMap(({ use, settings }) => {
    const processor = project.processors.get(use)
    if (processor !== undefined) return [{ processor, settings }]
    problems.push(
      `${name}: there is no processor ${JSON.stringify(use)}: expected one of ${[...project.processors.keys()].join(', ')}`,
    )
    return []
  })
  const profile = profileOf(name, known, problems)
  return problems.length > before ? null : profile
}
