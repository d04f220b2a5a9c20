/** What the admin's page knows and asks, on the firebase SDK. */
import {
  collection,
  collectionGroup,
  documentId,
  getDocsFromServer,
  limit,
  onSnapshot,
  orderBy,
  query,
  type QueryConstraint,
  type QueryDocumentSnapshot,
  startAfter,
  where,
} from 'firebase/firestore'
import { connectFunctionsEmulator, getFunctions, httpsCallable } from 'firebase/functions'
import { adminPath, type AuditEntry, auditPath } from '../../../functions/src/contract/admin.ts'
import {
  CUSTOMER_ID,
  customerPath,
  PAUSE_PATH,
  profilesPath,
  quotaChangePath,
  quotaPath,
  RECOUNT_PATH,
  REPORTING_PATH,
} from '../../../functions/src/contract/names.ts'
import type { Customer } from '../../../functions/src/contract/record.ts'
import { type CustomerSummary, nameKeyOf, type Shares, summaryPath } from '../../../functions/src/contract/totals.ts'
import type { AdminBackend, AdminData, ExportRun, Listener, OnProblem, Page, Stop } from '../admin/backend.ts'
import type { Connection } from './accounts.ts'
import * as ask from './admin-queries.ts'
import { type Fields, limitsOf, pauseOf, recountedOf, sumShares, together } from './admin-values.ts'
import { firestoreOf, withDates } from './firestore.ts'

/** A function that replays what matches may take so long. */
const CALL_TIMEOUT_MS = 10 * 60_000

type Found = QueryDocumentSnapshot
type Watching<T> = [listener: Listener<T>, onProblem: OnProblem]

/** Where a search goes on: first come those found by their name, then by their id. */
interface Searched {
  readonly by: 'name' | 'id'
  readonly after: Found
}

/** What the pipeline writes is of the type that its place has: it is taken at its word. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters
const valueOf = <T>(doc: Found) => withDates(doc.data()) as T

/** Call it once for a connection. */
export function connectAdmin(connection: Connection): AdminBackend {
  const { app, config } = connection
  const firestore = firestoreOf(connection)
  const functions = getFunctions(app, config.location)
  if (config.emulators?.functions) {
    const { hostname, port } = new URL(config.emulators.functions)
    connectFunctionsEmulator(functions, hostname, Number(port))
  }

  let documentsRead = 0
  let zone: string | null = null
  const refusedListeners = new Set<() => void>()
  const refused = (code: string) => {
    if (code.endsWith('permission-denied')) for (const listener of refusedListeners) listener()
  }

  const built = (question: ask.Question, after?: Found) => {
    const field = (name: string) => (name === ask.ID ? documentId() : name)
    const constraints: QueryConstraint[] = (question.where ?? []).map(([name, op, value]) =>
      where(field(name), op, value),
    )
    if (question.orderBy !== undefined) constraints.push(orderBy(...question.orderBy))
    if (after !== undefined) constraints.push(startAfter(after))
    if (question.limit !== undefined) constraints.push(limit(question.limit))
    const from = question.group === true ? collectionGroup : collection
    return query(from(firestore, question.collection), ...constraints)
  }

  /** Fails without a connection: the cache has only what is being watched. */
  async function read(question: ask.Question, after?: Found): Promise<readonly Found[]> {
    try {
      const { docs } = await getDocsFromServer(built(question, after))
      // That there is nothing costs one read, too. https://firebase.google.com/docs/firestore/pricing#minimum-charge
      documentsRead += Math.max(1, docs.length)
      return docs
    } catch (error) {
      refused((error as { readonly code?: string }).code ?? '')
      throw error
    }
  }

  async function readAll(questions: readonly ask.Question[]): Promise<readonly Found[]> {
    return (await Promise.all(questions.map(async (question) => read(question)))).flat()
  }

  async function readPage<T>(question: ask.PageQuestion, after: unknown): Promise<Page<T>> {
    const docs = await read(question, after as Found | undefined)
    return { items: docs.map((doc) => valueOf<T>(doc)), next: docs.length < question.limit ? null : docs.at(-1) }
  }

  async function search(beginning: string, count: number, last?: Searched): Promise<Page<CustomerSummary<Date>>> {
    const nameKey = nameKeyOf(beginning)
    let found: readonly CustomerSummary<Date>[] = []
    if (last?.by !== 'id') {
      const byName = await readPage<CustomerSummary<Date>>(ask.summariesByName(nameKey, count), last?.after)
      found = byName.items
      if (byName.next !== null) return { items: found, next: { by: 'name', after: byName.next } }
    }
    if (!CUSTOMER_ID.test(beginning)) return { items: found, next: null }
    const byId = await readPage<CustomerSummary<Date>>(
      ask.summariesById(beginning, count - found.length),
      last?.by === 'id' ? last.after : undefined,
    )
    const others = byId.items.filter((summary) => !summary.nameKey.startsWith(nameKey))
    return { items: [...found, ...others], next: byId.next === null ? null : { by: 'id', after: byId.next } }
  }

  /**
   * The first value is the server's. What the cache has of it is no answer: it holds what others watch, so parts. Where that is nothing, the
   * SDK has given up waiting for a connection. A row stays the same object until its document changes.
   */
  function watch<Row>(question: ask.Question, rowOf: (doc: Found) => Row, ...then: Watching<readonly Row[]>): Stop {
    const [listener, onProblem] = then
    let rows: ReadonlyMap<string, Row> = new Map()
    let begun = false
    const stop = onSnapshot(
      built(question),
      { includeMetadataChanges: true },
      (snapshot) => {
        const { docs, metadata } = snapshot
        const changed = snapshot.docChanges().filter(({ type }) => type !== 'removed')
        documentsRead += changed.length
        const known = new Map([...rows, ...changed.map(({ doc }) => [doc.ref.path, rowOf(doc)] as const)])
        rows = new Map(docs.map(({ ref }) => [ref.path, known.get(ref.path) as Row]))
        if (!begun && metadata.fromCache) {
          if (docs.length > 0) return
          stop()
          onProblem('unavailable')
          return
        }
        if (!begun && docs.length === 0) documentsRead++
        begun = true
        listener([...rows.values()], !metadata.fromCache)
      },
      ({ code }) => {
        refused(code)
        onProblem(code)
      },
    )
    return stop
  }

  const watchAll = <T>(question: ask.Question, ...then: Watching<readonly T[]>) =>
    watch(question, (doc) => valueOf<T>(doc), ...then)
  const watchOne =
    <T>(path: string) =>
    (...[listener, onProblem]: Watching<T | null>): Stop =>
      watchAll<T>(ask.document(path), ([value = null], current) => listener(value, current), onProblem)

  /** It is fixed for good once it is there. */
  async function timeZone(): Promise<string | null> {
    if (zone === null) {
      const [reporting] = await read(ask.document(REPORTING_PATH))
      zone = (reporting?.get('timeZone') as string | undefined) ?? null
    }
    return zone
  }

  const data: AdminData = {
    timeZone,

    watchTotals: (from, to, ...then) => watchAll(ask.totals(from, to), ...then),
    async readTotals(from, to) {
      return (await read(ask.totals(from, to))).map((doc) => valueOf(doc))
    },
    async readShares(periods) {
      return sumShares((await readAll(ask.shares(periods))).map((doc) => (doc.data() as Shares<unknown>).customers))
    },
    async readNames(customerIds) {
      return new Map((await readAll(ask.names(customerIds))).map((doc) => [doc.id, doc.get('name') as string]))
    },
    watchFeed: (count, ...then) => watchAll(ask.feed(count), ...then),

    summaries: async ({ search: beginning, order, descending, limit: count, after }) =>
      beginning === ''
        ? readPage(ask.summaries(order, descending, count), after)
        : search(beginning, count, after as Searched | undefined),
    watchCustomer: (customerId, ...then) =>
      together(
        [watchOne<Customer<Date>>(customerPath(customerId)), watchOne<CustomerSummary<Date>>(summaryPath(customerId))],
        (customer, summary) => ({ customer, summary }),
        ...then,
      ),
    watchMonths: (customerId, from, to, ...then) => watchAll(ask.months(customerId, from, to), ...then),
    watchImages: (customerId, only, count, ...then) =>
      watchAll(
        only === 'all' ? ask.images(customerId, count) : ask.failures({ customerId, limit: count }, 'UTC'),
        ...then,
      ),
    watchLimits: (customerId, ...then) =>
      together(
        [
          watchOne<Fields>(quotaPath(customerId)),
          watchOne<Fields>(quotaChangePath(customerId)),
          watchOne<Fields>(profilesPath(customerId)),
        ],
        limitsOf,
        ...then,
      ),

    async failures({ after, ...question }) {
      const days = await timeZone()
      return days === null ? { items: [], next: null } : readPage(ask.failures(question, days), after)
    },

    watchRuns: (...then) => watchAll(ask.runs(), ...then),
    watchExports: (count, ...then) =>
      watch(ask.exports(count), (doc) => ({ ...valueOf<ExportRun>(doc), runId: doc.id }), ...then),
    watchRecount: (listener, ...then) =>
      watchOne<Fields>(RECOUNT_PATH)((found, current) => listener(recountedOf(found), current), ...then),
    watchBridges: (...then) => watchAll(ask.bridges(), ...then),
    watchPause: (listener, ...then) =>
      watchOne<Fields>(PAUSE_PATH)((found, current) => listener(pauseOf(found), current), ...then),
    async newestChange() {
      const [summary] = await read(ask.lastActivity())
      return summary === undefined ? null : valueOf<CustomerSummary<Date>>(summary).lastActivityAt
    },
    watchCounts: (from, to, ...then) => watchAll(ask.counts(from, to), ...then),

    watchAudit: (count, ...then) =>
      watch(ask.audit(count), (doc) => ({ ...valueOf<AuditEntry<Date>>(doc), id: doc.id }), ...then),
    watchOperation: (operation, ...then) => watchOne<AuditEntry<Date>>(auditPath(operation))(...then),

    async call(name, request) {
      try {
        return (await httpsCallable(functions, name, { timeout: CALL_TIMEOUT_MS })(request)).data as never
      } catch (error) {
        refused((error as { readonly code?: string }).code ?? '')
        throw error
      }
    },

    documentsRead: () => documentsRead,
  }

  return {
    data,
    onRefused(uid, listener) {
      refusedListeners.add(listener)
      const stop = watchOne(adminPath(uid))(
        (rights) => rights === null && listener(),
        () => {},
      )
      return () => {
        stop()
        refusedListeners.delete(listener)
      }
    },
  }
}
