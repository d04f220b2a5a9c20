import type { GoogleApi } from '../provision/resource.ts'

/** All of a list that Google gives out in pages. `field`: where the items stand. */
export async function pages<T>(api: GoogleApi, url: string, field: string): Promise<readonly T[]> {
  const all: T[] = []
  let pageToken: string | undefined
  do {
    const answer = await api.call<Readonly<Record<string, unknown>>>({
      method: 'GET',
      url,
      ...(pageToken !== undefined && { query: { pageToken } }),
    })
    all.push(...((answer[field] as readonly T[] | undefined) ?? []))
    pageToken = answer['nextPageToken'] as string | undefined
  } while (pageToken !== undefined && pageToken !== '')
  return all
}
