/** Reading what Cloud Monitoring and Cloud Logging answer. */
import { found, type Change, type GoogleApi } from './resource.ts'

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels */
export interface Channel {
  readonly name: string
  readonly displayName?: string
  readonly enabled?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly userLabels?: Readonly<Record<string, string>>
}

/** Google leaves out of its answers what is zero, false or empty. https://protobuf.dev/programming-guides/json/#json-options */
export const notDefault = (changes: readonly Change[]) =>
  changes.filter(({ from, to }) => !(from === undefined && [0, false, ''].includes(to as never)))

/** Nothing where the API is not enabled yet. */
export async function listed<T>(api: GoogleApi, url: string, field: string): Promise<readonly T[]> {
  const all: T[] = []
  for (let pageToken = ''; ;) {
    const query = { pageSize: '500', ...(pageToken !== '' && { pageToken }) }
    const page = await found<Readonly<Record<string, unknown>>>(api, url, query)
    all.push(...((page?.[field] ?? []) as readonly T[]))
    const next = page?.['nextPageToken']
    pageToken = typeof next === 'string' ? next : ''
    if (pageToken === '') return all
  }
}

/** Who asks while an answer is on its way gets the same one: plans ask for every alarm at once. */
export function together<T>(ask: (api: GoogleApi) => Promise<T>): (api: GoogleApi) => Promise<T> {
  const asked = new WeakMap<GoogleApi, Promise<T>>()
  return async (api) => {
    const answer = asked.get(api) ?? ask(api).finally(() => asked.delete(api))
    asked.set(api, answer)
    return answer
  }
}
