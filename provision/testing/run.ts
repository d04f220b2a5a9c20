import { discoveryFolder } from '../../stack/discovery.ts'
import { run, type Surroundings, type Wish } from '../command.ts'
import type { OpenBrokers } from '../topics.ts'
import { GoogleDouble } from './google.ts'
import { isObject, type Json } from './world.ts'

export const PROJECT = 'darkroom-test'
export const RAW = `${PROJECT}-raw`
export const PROCESSED = `${PROJECT}-processed`

/** An empty project: nothing but the APIs that every one has. */
export const emptyProject = async () => new GoogleDouble(await discoveryFolder(), PROJECT)

/** One that has been provisioned before. */
export async function provisionedProject(env: Env = {}): Promise<GoogleDouble> {
  const double = await emptyProject()
  const { code, said } = await provision(double, {}, env)
  if (code !== 0) throw new Error(`an empty project could not be provisioned: ${said}`)
  double.sent.length = 0
  return double
}

type Env = Readonly<Record<string, string>>

export interface Ran {
  readonly code: number
  /** Standard output. */
  readonly out: string
  /** Standard error. */
  readonly said: string
}

/** What `npm run provision` does with this project. */
export async function provision(
  double: GoogleDouble,
  wish: Partial<Wish> = {},
  env: Env = {},
  ask: Surroundings['ask'] = null,
  // No test of this folder asks a broker, which would only be a name.
  brokers: OpenBrokers = () => Promise.reject(new Error('there is no broker')),
): Promise<Ran> {
  const out: string[] = []
  const said: string[] = []
  const code = await run(
    {
      api: double,
      env: { RAW_BUCKET: RAW, PROCESSED_BUCKET: PROCESSED, ...env },
      out: (line) => void out.push(line),
      say: (line) => void said.push(line),
      ask,
      brokers,
    },
    {
      projectId: double.world.projectId,
      dryRun: false,
      verify: false,
      lockRetention: false,
      confirmLock: null,
      shortenRetention: false,
      json: false,
      ...wish,
    },
  )
  return { code, out: out.join('\n'), said: said.join('\n') }
}

const PASSING =
  /^(etag|metageneration|updated|updateTime|createTime|creationTime|lastModifiedTime|timeCreated|effectiveTime|lockedTime|creationRecord|mutationRecord)$/
/** Google names these by numbers, and two runs at the same moment make two: provision tells, and leaves both. */
const NUMBERED = /(alertPolicies|notificationChannels|conditions)\/\d+/g

/** What is there but for what changes by itself: times, etags, counts of changes, numbers, operations. */
export function stateOf({ world }: GoogleDouble): Readonly<Record<string, unknown>> {
  const lasting = [...world.resources].filter(([key]) => !key.includes('/operations/'))
  const named = lasting.map(
    ([key, each]) =>
      [
        key.replace(/(?<=(alertPolicies|notificationChannels)\/)\d+$/, () => String(each['displayName'])),
        each,
      ] as const,
  )
  const state = Object.fromEntries(named.sort(([a], [b]) => a.localeCompare(b)))
  const text = JSON.stringify(state, (name, value: unknown) => (PASSING.test(name) ? undefined : value))
  return JSON.parse(text.replaceAll(NUMBERED, '$1/N')) as Record<string, unknown>
}

/** As somebody would who changes one field by hand. `path`: names, with dots. */
export function spoil({ world }: GoogleDouble, key: string, path: string, value: unknown): void {
  const resource = structuredClone(world.get(key))
  const names = path.split('.')
  const last = names.pop() ?? ''
  let inner: Json = resource
  for (const name of names) inner = isObject(inner[name]) ? inner[name] : (inner[name] = {})
  if (value === undefined) delete inner[last]
  else inner[last] = value
  world.resources.set(key, {
    ...resource,
    ...(key.startsWith('storage.googleapis.com/b/')
      ? { metageneration: String(Number(resource['metageneration']) + 1) }
      : {}),
  })
}
