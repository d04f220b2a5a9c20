import { listPages, type GoogleApi } from '../provision/resource.ts'

/** All of a list. Throws where its API is not enabled. */
export const pages = <T>(api: GoogleApi, url: string, field: string): Promise<readonly T[]> =>
  listPages((query) => api.call({ method: 'GET', url, query }), field)
