/** What an admin does with profiles. intake/profile-source.ts reads what is written here. */
import { CUSTOMER_ID, profilesPath, profileVersionPath } from '../contract/names.ts'
import { SERVER_TIME, type DocumentStore } from '../ledger/document-store.ts'
import { parseOverride, stepData, type Profile, type Profiles } from '../processing/profile.ts'

/** A customer's own profiles, as an admin wrote them; null where it has none. */
export async function readOverride(store: Pick<DocumentStore, 'get'>, customerId: string): Promise<unknown> {
  const document = await store.get(profilesPath(checkedId(customerId)))
  return document === null ? null : (JSON.parse(document['content'] as string) as unknown)
}

/**
 * Gives a customer profiles of its own from now on (within a minute, which processes remember them for), instead of those it had. Throws a
 * ProfileError that says all that is wrong with them; then nothing is changed.
 */
export async function setOverride(
  store: Pick<DocumentStore, 'transact'>,
  project: Profiles,
  customerId: string,
  data: unknown,
  by: string,
): Promise<Profiles> {
  const profiles = parseOverride(data, project)
  const path = profilesPath(checkedId(customerId))
  await store.transact(async (transaction) =>
    transaction.set(path, { customerId, content: JSON.stringify(data), updatedBy: by, updatedAt: SERVER_TIME }),
  )
  return profiles
}

/** The project's profiles apply to the customer again. */
export async function clearOverride(store: Pick<DocumentStore, 'transact'>, customerId: string): Promise<void> {
  const path = profilesPath(checkedId(customerId))
  await store.transact(async (transaction) => transaction.delete(path))
}

/** Keeps a profile's content, so that a job pinned to its version finds it whatever is changed meanwhile. */
export async function keepVersion(store: Pick<DocumentStore, 'transact'>, profile: Profile): Promise<void> {
  const path = profileVersionPath(profile.version)
  await store.transact(async (transaction) => {
    if ((await transaction.get(path)) !== null) return
    const content = JSON.stringify(profile.steps.map(stepData))
    transaction.create(path, { name: profile.name, content, createdAt: SERVER_TIME })
  })
}

export function checkedId(customerId: string): string {
  if (!CUSTOMER_ID.test(customerId)) {
    throw new RangeError(
      `the customer ${JSON.stringify(customerId)}: expected an id that matches ${CUSTOMER_ID.source}`,
    )
  }
  return customerId
}
