import type { GoogleApi } from '../provision/resource.ts'

interface Index {
  readonly name: string
  readonly state?: 'CREATING' | 'READY' | 'NEEDS_REPAIR'
}

export interface Waiting {
  readonly clock: () => number
  readonly say: (line: string) => void
}

/** Over many records an index takes hours. Till it is there, what asks by it fails, and is tried again. */
const PATIENCE_MS = 30 * 60_000
const POLL_MS = 10_000

/**
 * Waits until Firestore has built the indexes that were deployed: the export and reconcile ask by them. Throws where one can't be built; after half an
 * hour it says so and goes on.
 */
export async function indexesBuilt(api: GoogleApi, project: string, { clock, say }: Waiting): Promise<void> {
  const url = `https://firestore.googleapis.com/v1/projects/${project}/databases/(default)/collectionGroups/-/indexes`
  const deadline = clock() + PATIENCE_MS
  let told = 0
  for (;;) {
    const { indexes = [] } = await api.call<{ readonly indexes?: readonly Index[] }>({
      method: 'GET',
      url,
      query: { pageSize: '300' },
    })
    const broken = indexes.find(({ state }) => state === 'NEEDS_REPAIR')
    if (broken !== undefined)
      throw new Error(
        `Firestore could not build ${broken.name}: delete it in the console (its data violates a limit; the index's page says which), then deploy again.`,
      )
    const open = indexes.filter(({ state }) => state === 'CREATING').length
    if (open === 0) return
    if (open !== told) say(`waiting for ${open} ${open === 1 ? 'index' : 'indexes'} of Firestore to be built`)
    told = open
    if (clock() > deadline) {
      say(
        `${open} of Firestore's indexes are still being built: until they are, the export and reconcile fail and try again every five minutes`,
      )
      return
    }
    await api.pause(POLL_MS)
  }
}
