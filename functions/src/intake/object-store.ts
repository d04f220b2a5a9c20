import type { Instant } from '../ledger/instant.ts'

/**
 * The port to the buckets. `platform/cloud-storage.ts` is Cloud Storage; `intake/testing/memory-objects.ts` is its twin in
 * memory. Both pass `intake/testing/object-store-conformance.ts`.
 */
export interface ObjectStat {
  readonly name: string
  /** A 64-bit integer as a decimal string. */
  readonly generation: string
  readonly bytes: number
  readonly contentType: string
  /** Custom metadata; empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>
  /** Base64 of the big-endian CRC32C. */
  readonly crc32c: string
  readonly createdAt: Instant
}

export interface ObjectStore {
  /** Null where there is no such object. */
  stat(name: string): Promise<ObjectStat | null>
  /** The bytes of one generation; throws {@link ObjectGone} where it is no longer there. */
  read(name: string, generation: string): Promise<Uint8Array>
  /**
   * Create-only. Where an object of that name is there already: equal bytes are success (an earlier try whose answer was
   * lost), different bytes throw {@link ObjectConflict}, and nothing is overwritten, metadata neither.
   */
  create(
    name: string,
    bytes: Uint8Array,
    contentType: string,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<ObjectStat>
  /** Names in ascending order (UTF-8 bytes), after `startAfter`, at most `limit`; those alone that begin with `prefix`, where there is one. */
  list(options: {
    readonly startAfter?: string
    readonly prefix?: string
    readonly limit: number
  }): Promise<readonly ObjectStat[]>
  /**
   * Deletes one generation for good; it is no error where it is gone already. Throws {@link ObjectRetained} while the bucket's policy keeps it.
   * Only an operator's commands delete (`npm run admin -- erase-customer`): the accounts of the functions have no right to.
   */
  delete(name: string, generation: string): Promise<void>
}

/** All objects whose names begin with `prefix`, `limit` at a time, in the order of names. */
export async function* objectPages(
  store: Pick<ObjectStore, 'list'>,
  { prefix, limit }: { readonly prefix?: string; readonly limit: number },
): AsyncGenerator<readonly ObjectStat[]> {
  for (let startAfter: string | undefined; ;) {
    const page = await store.list({
      ...(prefix !== undefined && { prefix }),
      ...(startAfter !== undefined && { startAfter }),
      limit,
    })
    yield page
    if (page.length < limit) return
    startAfter = page.at(-1)?.name
  }
}

export class ObjectGone extends Error {
  override readonly name = 'ObjectGone'
}

export class ObjectConflict extends Error {
  override readonly name = 'ObjectConflict'
}

/** The bucket lets nobody delete the object yet: it is younger than the retention policy asks, or held. */
export class ObjectRetained extends Error {
  override readonly name = 'ObjectRetained'
}
