/**
 * What `firebase deploy` does not make: buckets, accounts, rights, alarms. Each is a {@link Resource} that can say how the project differs from it, and
 * change just that. Nothing here ever deletes data.
 */
import { ApiError, type Call, type GoogleApi } from '../functions/src/platform/google-api.ts'

export { ApiError, type Call, type GoogleApi }

/** One field that is not as it should be. `from` is undefined where the resource, or the field, is not there at all. */
export interface Change {
  /** Google's own path: `lifecycle.rule`. */
  readonly field: string
  readonly from: unknown
  readonly to: unknown
  /** Where a reader would ask. */
  readonly why?: string
}

export interface Difference {
  readonly kind: 'create' | 'update'
  readonly changes: readonly Change[]
  /**
   * Brings about all of `changes`. Safe to run again after a failure halfway. Where another was faster (409, 412) it just throws what Google
   * said: `differs` is then asked again.
   */
  apply(): Promise<unknown>
}

export interface Resource {
  /** Unlike any other's, for people: `bucket darkroom-raw`. */
  readonly name: string
  /** Names of resources that have to be there before this one can be: where one of them fails, this one is left out. */
  readonly needs?: readonly string[]
  /**
   * Reads what is there and compares. Null: it is as it should be. Throws an {@link Obstacle} where it can't be made so. Must also work in an empty project, where its API
   * is not even enabled: read by {@link found}.
   */
  differs(api: GoogleApi): Promise<Difference | null>
  /** What an operator should know of what is there, though nothing can or need be changed. Only reads. */
  notes?(api: GoogleApi): Promise<readonly string[]>
}

/** What stands in the way, in a sentence that says what to do: a bucket in another location, a locked retention policy that is too long. */
export class Obstacle extends Error {
  override readonly name = 'Obstacle'
}

/** GETs. Null where it is not there, or can't be since its API is not enabled yet. */
export async function found<T>(api: GoogleApi, url: string, query?: Call['query']): Promise<T | null> {
  try {
    return await api.call<T>({ method: 'GET', url, ...(query && { query }) })
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** All of a list that Google gives out in pages. `ask`: one page; null where there is none. `field`: where the items stand. */
export async function listPages<T>(
  ask: (query: Readonly<Record<string, string>>) => Promise<unknown>,
  field: string,
): Promise<readonly T[]> {
  const all: T[] = []
  for (let pageToken = ''; ;) {
    const page = (await ask(pageToken === '' ? {} : { pageToken })) as Readonly<Record<string, unknown>> | null
    all.push(...((page?.[field] ?? []) as readonly T[]))
    const next = page?.['nextPageToken']
    pageToken = typeof next === 'string' ? next : ''
    if (pageToken === '') return all
  }
}

/** Not there, or its API is not enabled: https://cloud.google.com/service-usage/docs/access-control#error */
export const isAbsent = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || isDisabled(error))

export const isDisabled = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 403 &&
  ['SERVICE_DISABLED', 'accessNotConfigured'].includes(error.reason)
