/** Which profile an image gets: the version its job is pinned to, its customer's own, or the project's. */
import type { Format } from '../contract/formats.ts'
import { profilesPath, profileVersionPath, type Source } from '../contract/names.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { chooseProfile, parseOverride, parseProfile, type Profile, type Profiles } from '../processing/profile.ts'
import { Remembered } from './remembered.ts'

/** How long a customer's own profiles may be out of date. Milliseconds. */
const FRESH_MS = 60_000
/** Customers whose profiles a process remembers. */
const REMEMBERED = 1000

export interface ImageToProfile {
  readonly customerId: string
  readonly source: Source
  readonly format: Format
  /** The version that the job is pinned to; null for the one in force. */
  readonly pinned: string | null
}

/**
 * `clock`: milliseconds, never going back. What the result throws is no fault of an image: the store's own errors, and profiles that this
 * version of the project can't run, which whoever set them has to mend.
 */
export function profileSource(
  store: Pick<DocumentStore, 'get'>,
  project: Profiles,
  clock: () => number,
): (image: ImageToProfile) => Promise<Profile> {
  const own = new Remembered<Profiles | null>({ milliseconds: FRESH_MS, entries: REMEMBERED, clock })
  const pinned = new Map<string, Profile>()

  const ownProfiles = (customerId: string) =>
    own.of(customerId, async () => {
      const document = await store.get(profilesPath(customerId))
      return document === null ? null : parseOverride(contentOf(document), project)
    })

  async function pinnedProfile(version: string): Promise<Profile> {
    const known = pinned.get(version) ?? inProject(project, version)
    if (known !== undefined) return known
    const document = await store.get(profileVersionPath(version))
    if (document === null)
      throw new Error(`no profile of version ${version} is known: ${profileVersionPath(version)} is not there`)
    const profile = parseProfile(document['name'] as string, contentOf(document), project)
    pinned.set(version, profile)
    return profile
  }

  return async (image) =>
    image.pinned === null
      ? chooseProfile(image, project, await ownProfiles(image.customerId))
      : pinnedProfile(image.pinned)
}

const inProject = ({ profiles }: Profiles, version: string) =>
  [...profiles.values()].find((profile) => profile.version === version)

/** Content is kept as JSON text: settings may hold what Firestore doesn't, such as lists of lists. */
const contentOf = (document: { readonly [field: string]: unknown }): unknown =>
  JSON.parse(document['content'] as string)
