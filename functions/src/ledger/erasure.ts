/** The tombstone of a customer whose data was deleted: `npm run admin -- erase-customer` makes it, and whatever takes images in asks for it. */
import { createHash } from 'node:crypto'
import { erasurePath } from '../contract/names.ts'
import { Remembered } from '../intake/remembered.ts'
import type { Data, DocumentStore, Reader } from './document-store.ts'
import type { Instant } from './instant.ts'

/** `erasures/{hash of the customer's id}`. Never the id itself. */
export interface Erasure {
  /** The customer under whom the counters stay. */
  readonly pseudonym: string
  /** While true the export moves no row of the customer: its documents may still be there when its rows are not. */
  readonly open: boolean
  readonly startedAt: Instant
  /** When BigQuery had no row of the customer any more. */
  readonly rowsGoneAt: Instant | null
  /** When Firestore had no document of the customer any more. */
  readonly closedAt: Instant | null
  /** When nothing was left that can be deleted, and nothing more could come. */
  readonly finishedAt: Instant | null
  /** As of the last run. */
  readonly outlives: readonly Outlives[]
}

/** What cannot be deleted by us and goes by itself. */
export interface Outlives {
  readonly what: string
  /** Null where that is for somebody else to say. */
  readonly until: Instant | null
}

/** Hexadecimal SHA-256: by it a customer is named once its id must not be. */
export const customerHash = (customerId: string) => createHash('sha256').update(customerId).digest('hex')

export const asErasure = (data: Data) => data as unknown as Erasure

/** Whether this customer's data was deleted, or is being: nothing of it is taken in any more. */
export async function isErased(reader: Pick<Reader, 'get'>, customerId: string): Promise<boolean> {
  return (await reader.get(erasurePath(customerHash(customerId)))) !== null
}

/** Hashes of the customers whose data is being deleted now. */
export async function erasuresUnderWay(store: Pick<DocumentStore, 'query'>): Promise<ReadonlySet<string>> {
  const found = await store.query({ collection: 'erasures', where: [['open', '==', true]] })
  return new Set(found.map(({ path }) => path.split('/')[1] as string))
}

/** How long a customer is taken for not erased once that was read. Milliseconds. */
const FRESH = 60_000
/** Customers that a process remembers. */
const CUSTOMERS = 100_000

/**
 * The same question for whoever asks it with each record of a stream: of each customer once a minute at most. What slips through meanwhile
 * becomes no image, since the claim asks in its own transaction. `clock`: milliseconds from a fixed point, never going back.
 */
export function erasedLately(reader: Pick<Reader, 'get'>, clock: () => number) {
  const known = new Remembered<boolean>({ milliseconds: FRESH, entries: CUSTOMERS, clock })
  return (customerId: string): Promise<boolean> => known.of(customerId, () => isErased(reader, customerId))
}
