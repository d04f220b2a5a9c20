/** Where a customer's id still stands when its data is deleted: in the cursors and the notes of those who work for all customers. */
import { resultsStatePath } from '../bridge/results.ts'
import { RECOUNT_CURSOR_PATH, RECOUNT_PATH, SWEEP_PATH } from '../contract/names.ts'
import { ROLLUP_CURSOR_PATH } from '../contract/totals.ts'
import { LEASE_PATH } from '../export/lease.ts'
import { TABLES } from '../export/schema.ts'
import { cursorPath } from '../export/table-cursor.ts'
import { pages, type Data, type DocumentStore, type Value, type WriteData } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { hashed } from './audit.ts'
import { deleteAll } from './erase-documents.ts'

/** Documents about one customer's day, by their field `customerId`: see reconcile/. */
const RECOUNTS = ['days', 'repaired', 'repairs'].map((name) => `${RECOUNT_PATH}/${name}`)
/** Whose cursors may stand at a document or an object of the customer. */
const CURSORS = [
  ...TABLES.map(({ name }) => cursorPath(name)),
  LEASE_PATH,
  SWEEP_PATH,
  RECOUNT_CURSOR_PATH,
  ROLLUP_CURSOR_PATH,
]
/** Documents read at a time. */
const PAGE = 200

/** Takes the customer's id out of all that is not the customer's own. May be called again. */
export async function removeTraces(store: DocumentStore, customerId: string, topic: string): Promise<void> {
  for (const collection of RECOUNTS) await deleteAll(store, collection, [['customerId', '==', customerId]])
  const forget = forgetting(customerId)
  for (const path of [...CURSORS, resultsStatePath(topic)]) await rewrite(store, path, forget)
  const hide = hiding(customerId)
  const entries = pages(store, { collection: 'audit', orderBy: 'at', limit: PAGE, fields: ['at'] })
  for await (const page of entries) for (const { path } of page) await rewrite(store, path, hide)
}

async function rewrite(store: DocumentStore, path: string, change: (value: Value) => Value): Promise<void> {
  // Most are not written, so they are read without a lock first.
  const seen = await store.get(path)
  if (seen === null || isSame(seen, change(seen))) return
  await store.transact(async (transaction) => {
    const data = await transaction.get(path)
    if (data === null) return
    const next = change(data)
    if (!isSame(data, next)) transaction.set(path, next as WriteData)
  })
}

const isSame = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b)

/** A cursor that stands at a document or an object of the customer goes back to where its pass began: what is read twice changes nothing. */
function forgetting(customerId: string): (value: Value) => Value {
  const names = new RegExp(`^(?:customers|web|kafka)/${customerId}(?:/|$)`)
  const isOwn = (value: Value | undefined) => typeof value === 'string' && names.test(value)
  const walk = (value: Value): Value => {
    if (!isMap(value)) return value
    if (isOwn(value['path'])) return null
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]) => (isOwn(inner) ? [] : [[name, walk(inner)]])),
    )
  }
  return walk
}

/** Who changed something for the customer stays known, but for whom only to somebody who knows the id already. */
function hiding(customerId: string): (value: Value) => Value {
  const id = new RegExp(`(?<![A-Za-z0-9_-])${customerId}(?![A-Za-z0-9_-])`, 'g')
  const hidden = hashed(customerId)
  const walk = (value: Value): Value => {
    if (typeof value === 'string') return value.replaceAll(id, hidden)
    if (isList(value)) return value.map(walk)
    if (!isMap(value)) return value
    // A command is called what it is called, whatever a customer is called.
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, name === 'command' ? inner : walk(inner)]),
    )
  }
  return walk
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
const isMap = (value: Value): value is Data =>
  typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Instant)
