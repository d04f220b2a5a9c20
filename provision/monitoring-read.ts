/** Reading what Cloud Monitoring and Cloud Logging answer. */
import { found, listPages, type Change, type GoogleApi } from './resource.ts'

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
export const listed = <T>(api: GoogleApi, url: string, field: string): Promise<readonly T[]> =>
  listPages(async (query) => found(api, url, { pageSize: '500', ...query }), field)

/** Who asks while an answer is on its way gets the same one: plans ask for every alarm at once. */
export function together<T>(ask: (api: GoogleApi) => Promise<T>): (api: GoogleApi) => Promise<T> {
  const asked = new WeakMap<GoogleApi, Promise<T>>()
  return async (api) => {
    const answer = asked.get(api) ?? ask(api).finally(() => asked.delete(api))
    asked.set(api, answer)
    return answer
  }
}
