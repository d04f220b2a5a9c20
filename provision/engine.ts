/** Reads what is there, says what differs, changes just that, in order. */
import { onlyReads } from '../functions/src/platform/google-api.ts'
import {
  ApiError,
  isDisabled,
  Obstacle,
  type Call,
  type Difference,
  type GoogleApi,
  type Resource,
} from './resource.ts'

export interface Outcome {
  readonly resource: Resource
  readonly result: 'same' | 'differs' | 'created' | 'updated' | 'failed' | 'left out'
  /** What differed when it was first read. */
  readonly difference: Difference | null
  /** Why it failed or was left out. */
  readonly problem: string | null
}

/** Somebody else changes the same thing: read again, so often. */
const ATTEMPTS = 6
/** An API that was just enabled is there within so long. https://cloud.google.com/service-usage/docs/enable-disable#enabling */
const PROPAGATION_MILLISECONDS = 5 * 60 * 1000
const PROPAGATION_PAUSE = 5000

/** What differs, without changing anything. Whoever calls `api` to write does so in error. */
export async function plan(api: GoogleApi, resources: readonly Resource[]): Promise<readonly Outcome[]> {
  const reading = onlyReading(api)
  return Promise.all(
    resources.map(async (resource): Promise<Outcome> => {
      try {
        const difference = await resource.differs(reading)
        return { resource, result: difference === null ? 'same' : 'differs', difference, problem: null }
      } catch (error) {
        return { resource, result: 'failed', difference: null, problem: sentence(error) }
      }
    }),
  )
}

/**
 * Brings about what `plan` has found. What fails leaves out only what needs it; all else is done. A second call after a crash at any point goes
 * on from there.
 *
 * @param say is told of each resource once it is done
 */
export async function apply(
  api: GoogleApi,
  planned: readonly Outcome[],
  say: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const writing = withoutRemoval(api)
  const failed = new Set<string>()
  const outcomes: Outcome[] = []
  for (const outcome of planned) {
    const done = await one(writing, outcome, failed)
    if (done.problem !== null) failed.add(done.resource.name)
    outcomes.push(done)
    if (done.result !== 'same') say(done)
  }
  return outcomes
}

async function one(api: GoogleApi, outcome: Outcome, failed: ReadonlySet<string>): Promise<Outcome> {
  if (outcome.result !== 'differs') return outcome
  const { resource } = outcome
  const lacking = (resource.needs ?? []).filter((name) => failed.has(name))
  if (lacking.length > 0) return { ...outcome, result: 'left out', problem: `it needs ${lacking.join(' and ')}` }
  try {
    return { ...outcome, result: await settle(api, resource) }
  } catch (error) {
    return { ...outcome, result: 'failed', problem: sentence(error) }
  }
}

/** Reads afresh, since what was made before may have changed it, and again where another was faster. */
async function settle(api: GoogleApi, resource: Resource): Promise<Outcome['result']> {
  let waited = 0
  for (let attempt = 1; ;) {
    try {
      const difference = await resource.differs(api)
      if (difference === null) return 'same'
      await difference.apply()
      return difference.kind === 'create' ? 'created' : 'updated'
    } catch (error) {
      if (isDisabled(error) && waited < PROPAGATION_MILLISECONDS) {
        await api.pause(PROPAGATION_PAUSE)
        waited += PROPAGATION_PAUSE
      } else if (isUnsettled(error) && attempt < ATTEMPTS) {
        await api.pause(500 * 2 ** attempt)
        attempt += 1
      } else {
        throw error
      }
    }
  }
}

/** Another was faster, or nobody knows whether it was done: reading again tells. */
const isUnsettled = (error: unknown) =>
  error instanceof ApiError &&
  (error.status === 409 || error.status === 412 || error.status >= 500 || error.status === 0)

/** Throws what is a defect of ours. */
function sentence(error: unknown): string {
  if (error instanceof Obstacle) return error.message
  if (!(error instanceof ApiError)) throw error
  const { status, reason, message } = error
  if (status === 0) return `Google can't be reached: ${message}`
  const hint =
    status === 403 && !isDisabled(error) ? '. Whoever runs this needs a role that allows it, such as owner' : ''
  return `Google refuses (${status} ${reason}): ${message}${hint}`
}

/** By another verb than DELETE, which {@link Call} has not. */
const REMOVES = /:\w*(delete|destroy|disable|purge|remove|clear|detach|expire|truncate)\w*$/i

export function onlyReading(api: GoogleApi): GoogleApi {
  return guarded(api, (call) => {
    if (!onlyReads(call)) throw new Error(`${call.method} ${call.url} would change something while all is only read`)
  })
}

/** Nothing that is there is ever removed: this holds for whatever a resource might try. */
export function withoutRemoval(api: GoogleApi): GoogleApi {
  return guarded(api, ({ method, url }) => {
    if (!['GET', 'POST', 'PUT', 'PATCH'].includes(method) || REMOVES.test(url))
      throw new Error(`${method} ${url} would remove something, and provision never does`)
  })
}

const guarded = (api: GoogleApi, check: (call: Call) => void): GoogleApi => ({
  async call(call) {
    check(call)
    return api.call(call)
  },
  pause: (milliseconds) => api.pause(milliseconds),
})
