/** What the fakes of Google's APIs share: what is there, the clock, and how they refuse. */
import { ApiError } from '../resource.ts'
import type { Request } from './discovery.ts'

export type Json = Record<string, unknown>

/** One project of Google, and what it can see of others. */
export class World {
  readonly projectId: string
  readonly projectNumber = '123456789012'
  /**
   * Everything that is there, as Google's GET answers it, by `{service}/{resource's own name}`:
   * `storage.googleapis.com/b/my-bucket`, `iam.googleapis.com/projects/P/serviceAccounts/a@P.iam.gserviceaccount.com`.
   */
  readonly resources = new Map<string, Json>()
  /** Enabled APIs, and since when, in milliseconds since 1970. */
  readonly services = new Map<string, number>()
  /** Names of buckets, which are unique in all of Google, that somebody else has. */
  readonly takenBuckets = new Set<string>()
  /** Whether the project may cost something. */
  hasBilling = true
  /** Whether whoever calls has accepted Firebase's terms. */
  hasFirebaseTerms = true
  /** How many objects a bucket holds. */
  readonly objects = new Map<string, number>()
  #now = Date.parse('2026-11-25T12:00:00Z')
  #etags = 0

  constructor(projectId: string, services: readonly string[]) {
    this.projectId = projectId
    for (const service of services) this.services.set(service, 0)
  }

  /** In milliseconds since 1970. */
  get now(): number {
    return this.#now
  }

  /** As Google writes it: RFC 3339 in UTC. */
  get time(): string {
    return new Date(this.#now).toISOString()
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** Another one each time, in base64. */
  etag(): string {
    this.#etags += 1
    return Buffer.from(`etag-${this.#etags}`).toString('base64')
  }

  /** Throws Google's 404 where it is not there. */
  get(key: string): Json {
    const there = this.resources.get(key)
    if (there === undefined) throw notFound(key)
    return there
  }
}

export const notFound = (what: string) => new ApiError(404, 'notFound', `${what} does not exist`)

/** What Google refuses though its schema allows it. Each is triggered by a test. */
export interface Refusal {
  readonly status: number
  /** Google's own word. */
  readonly reason: string
  readonly message: string
  /** Where Google says so. */
  readonly documentation: string
}
export type Refusals = Readonly<Record<string, Refusal>>

/** As Google does. */
export function refused({ status, reason, message }: Refusal, detail = ''): ApiError {
  return new ApiError(status, reason, detail === '' ? message : `${message}: ${detail}`)
}

/** Answers one method. `world.resources` holds what it changes. Throws an {@link ApiError} as Google would. */
export type Handler = (request: Request, world: World) => unknown

/** By the method's id in its discovery document: `storage.buckets.insert`. */
export type Fake = Readonly<Record<string, Handler>>

/** RFC 7396, as Cloud Storage and BigQuery patch: null removes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Json = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else if (value !== undefined) merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

/** What a patch with an `updateMask` leaves: each named path is replaced by the body's, or removed where the body has none. https://google.aip.dev/134 */
export function maskPatch(target: Json, patch: Json, mask: string): Json {
  const merged = structuredClone(target)
  for (const path of mask.split(',')) {
    const names = path
      .split('.')
      .map((name) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
    const last = names.pop() ?? ''
    let from: Json | undefined = patch
    let to = merged
    for (const name of names) {
      from = isObject(from?.[name]) ? from[name] : undefined
      to = to[name] = isObject(to[name]) ? to[name] : {}
    }
    if (from?.[last] === undefined) delete to[last]
    else to[last] = structuredClone(from[last])
  }
  return merged
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
