import { listAdmins } from '../../functions/src/api/admins.ts'
import { listAudit } from '../../functions/src/api/audit.ts'
import { openLink } from '../../functions/src/api/open-link.ts'
import { planErasure } from '../../functions/src/api/erase-plan.ts'
import { eraseCustomer } from '../../functions/src/api/erase.ts'
import { planReplay } from '../../functions/src/api/replay.ts'
import { planReprocess } from '../../functions/src/api/reprocess.ts'
import { MemoryUsers } from '../../functions/src/api/testing/memory-users.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Results } from '../../functions/src/bridge/results.ts'
import { LINK_ADDRESS } from '../../functions/src/contract/customer.ts'
import { imageIdOf } from '../../functions/src/contract/names.ts'
import { runExport } from '../../functions/src/export/run.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { Pipeline } from '../../functions/src/intake/testing/pipeline.ts'
import type { Query } from '../../functions/src/ledger/document-store.ts'
import { countDays, daysToCount } from '../../functions/src/reconcile/counts.ts'
import { explain } from '../../functions/src/reconcile/explain.ts'
import { compareWithBigQuery } from '../../functions/src/reconcile/in-bigquery.ts'
import { reconcile } from '../../functions/src/reconcile/reconcile.ts'
import { recount } from '../../functions/src/reconcile/recount.ts'
import { verify } from '../../functions/src/reconcile/verify.ts'
import { rollUp, TIMING } from '../../functions/src/rollup/rollup.ts'
import * as ask from '../../web/src/firebase/admin-queries.ts'
import { rangeQuery } from '../../web/src/firebase/image-queries.ts'
import type { ImageFilter } from '../../web/src/gallery/images.ts'
import { describe as text, missingIndex, type IndexConfig, type QueryShape } from './index-coverage.ts'

const ROOT = join(__dirname, '../..')
const CONFIG = JSON.parse(readFileSync(join(ROOT, 'firestore.indexes.json'), 'utf8')) as IndexConfig

/** As platform/firestore-store.ts asks it. */
function shapeOf({ collection, group, where = [], orderBy }: Query): QueryShape {
  return {
    collection: collection.split('/').at(-1) ?? '',
    scope: group ? 'COLLECTION_GROUP' : 'COLLECTION',
    equal: where.flatMap(([field, op]) => (op === '==' ? [field] : [])),
    range: where.flatMap(([field, op]) => (op === '==' ? [] : [field])),
    orderBy:
      orderBy === undefined
        ? []
        : [
            [orderBy, 'ASCENDING'],
            ['__name__', 'ASCENDING'],
          ],
  }
}

/** What the functions ask while an image travels, is reconciled and exported. */
async function recorded(): Promise<readonly Query[]> {
  const pipeline = new Pipeline({}, { dailyQuota: 10 })
  const { store, raw, intake } = pipeline
  const name = 'web/ada/1/a.txt'
  await raw.create(name, Buffer.from('text'), 'text/plain')
  await pipeline.deliver(name)
  await reconcile({
    ...intake,
    store,
    raw,
    settleSeconds: 1,
    rawDays: 14,
    pageSize: 10,
    lanes: 2,
    outOfTime: () => false,
  })
  const warehouse = new MemoryWarehouse()
  const sleep = async () => {}
  await runExport({ store, warehouse, runId: 'run', pageRows: 10, sleep, outOfTime: () => false })
  const reprocess = { store, raw, ledger: intake.ledger, redrive: sleep, versionFor: async () => 'p' }
  await planReprocess(reprocess, { customerId: 'ada' })
  await planReprocess(reprocess, { from: '2026-11-01', to: '2026-11-30' })
  await planReplay({ store, raw, ledger: intake.ledger, redrive: sleep }, {})
  await planReplay({ store, raw, ledger: intake.ledger, redrive: sleep }, { customerId: 'ada', from: '2026-11-01' })
  const kafka = {
    produce: async () => {
      throw new Error('nothing is there to be answered')
    },
  }
  const results = new Results({ store, kafka, topic: 'images', processedBucket: 'processed', holder: 'test' })
  await results.publish(new AbortController().signal)
  await results.publish(new AbortController().signal)
  await listAudit({ store }, pipeline.now, 10)
  await listAdmins({ store })
  const recounting = {
    store,
    warehouse,
    log: intake.log,
    timeZone: 'UTC',
    recordDays: 400,
    sleep,
    outOfTime: () => false,
  }
  const timing = { quietSeconds: 0, latestSeconds: 0 }
  await recount({ ...recounting, timing })
  await recount({ ...recounting, timing })
  const [date, imageId] = ['2026-11-23', await imageIdOf(name)]
  await compareWithBigQuery(
    recounting,
    store,
    date,
    new Map([['', { date, customerId: 'ada', records: new Map(), touchedAt: pipeline.now }]]),
  )
  await countDays(recounting, await daysToCount(recounting, new Map([[date, pipeline.now]])))
  await verify(recounting, { from: date, to: date }, () => {})
  const rolling = { ...recounting, timing: { ...TIMING, overlap: 0, thoroughOverlap: 0 } }
  // Builds, then follows thoroughly what has changed.
  await rollUp(rolling)
  await rollUp(rolling)
  await explain({ ...recounting, raw, processed: pipeline.processed, rawDays: 14 }, { kind: 'id', imageId })
  const settings = { ...intake.settings, kafka: { ...intake.settings.kafka, topic: 'images' } }
  const buckets = { raw, processed: pipeline.processed }
  const tools = { store, ...buckets, users: new MemoryUsers(), warehouse, settings, runId: 'e', sleep, tell: () => {} }
  await intake.ledger.delete('ada', imageId)
  const opening = { method: 'GET', url: `${LINK_ADDRESS}${'a'.repeat(43)}`, signal: new AbortController().signal }
  await openLink({ store, find: async () => null, log: intake.log, now: () => new Date() }, opening)
  await planErasure(tools, 'ada')
  await eraseCustomer({ ...tools, pseudonym: () => 'erased-1' }, 'ada')
  return store.recordedQueries
}

jest.mock('firebase/firestore', () => ({
  documentId: () => '__name__',
  where: (field: string, op: string) => ({ where: [field, op] }),
  orderBy: (field: string, direction: string) => ({ orderBy: [field, direction] }),
  limit: () => ({}),
  startAfter: () => ({}),
  endAt: () => ({}),
  query: (_collection: unknown, ...constraints: readonly unknown[]) => constraints,
}))

interface Constraint {
  readonly where?: readonly [field: string, op: string]
  readonly orderBy?: readonly [field: string, direction: string]
}

/** What web/src/firebase/image-queries.ts asks for a part of the list. */
function shapeOfRange(filter: ImageFilter): QueryShape {
  const constraints = rangeQuery(null as never, filter, { after: null, until: null, limit: 1 }) as unknown
  const all = constraints as readonly Constraint[]
  const fields = (isOne: (op: string) => boolean, end = '') =>
    all.flatMap(({ where }) => (where !== undefined && isOne(where[1]) ? [`${where[0]}${end}`] : []))
  return {
    collection: 'images',
    scope: 'COLLECTION',
    equal: [...fields((op) => op === '=='), ...fields((op) => op === 'array-contains', '[]')],
    range: fields((op) => /[<>]/.test(op)),
    orderBy: all.flatMap(({ orderBy }) =>
      orderBy === undefined ? [] : [[orderBy[0], orderBy[1] === 'desc' ? 'DESCENDING' : 'ASCENDING'] as const],
    ),
  }
}

const FILTERS: ImageFilter = {
  state: 'failed',
  format: 'png',
  source: 'web',
  from: new Date(0),
  to: new Date(1),
  name: 'a holiday',
}

/** Every choice of some of them. */
const someOf = (filter: ImageFilter): readonly ImageFilter[] =>
  Object.entries(filter).reduce<readonly ImageFilter[]>(
    (some, [name, value]) => [...some, ...some.map((one) => ({ ...one, [name]: value as unknown }))],
    [{}],
  )

/** What the customer's page asks; beside its images also as web/src/firebase/connect.ts has it. */
const PAGE: readonly QueryShape[] = [
  ...someOf(FILTERS).map(shapeOfRange),
  shapeOfRange({ state: 'deleted' }),
  { collection: 'links', scope: 'COLLECTION', equal: ['imageId'], range: [], orderBy: [['createdAt', 'DESCENDING']] },
  { collection: 'months', scope: 'COLLECTION', equal: [], range: ['__name__', '__name__'], orderBy: [] },
]

/** As web/src/firebase/admin.ts asks it. Of several values each is asked for by itself, and what they find is merged. */
function shapeOfPages({ collection, group, where = [], orderBy }: ask.Question): QueryShape {
  const fields = (exact: boolean) =>
    where.filter(([, op]) => (op === '==' || op === 'in') === exact).map(([field]) => field)
  return {
    collection: collection.split('/').at(-1) ?? '',
    scope: group ? 'COLLECTION_GROUP' : 'COLLECTION',
    equal: fields(true),
    range: fields(false),
    orderBy: orderBy === undefined ? [] : [[orderBy[0], orderBy[1] === 'asc' ? 'ASCENDING' : 'DESCENDING']],
  }
}

/** What the admin's page asks: web/src/firebase/admin-queries.ts, each with all that it can be asked with. */
const ADMIN_PAGE = {
  document: [ask.document('a/b')],
  totals: [ask.totals('2026-11-01', '2026-11-30')],
  counts: [ask.counts('2026-11-01', '2026-11-30')],
  months: [ask.months('ada', '2026-10', '2026-11')],
  names: ask.names(['ada']),
  shares: ask.shares(['2026-11', '2026-12-01']),
  runs: [ask.runs()],
  bridges: [ask.bridges()],
  exports: [ask.exports(1)],
  audit: [ask.audit(1)],
  lastActivity: [ask.lastActivity()],
  images: [ask.images('ada', 1)],
  feed: [ask.feed(1)],
  failures: [{}, { customerId: 'ada' }].flatMap((who) =>
    [{}, { source: 'web', reason: 'corrupt' } as const].flatMap((what) =>
      [{}, { from: '2026-11-01', to: '2026-11-30' }].map((when) =>
        ask.failures({ ...who, ...what, ...when, limit: 1 }, 'UTC'),
      ),
    ),
  ),
  summaries: (['nameKey', 'images', 'failed', 'bytesIn', 'bytesOut', 'lastActivityAt'] as const).flatMap((order) =>
    [true, false].map((descending) => ask.summaries(order, descending, 1)),
  ),
  summariesByName: [ask.summariesByName('a', 1)],
  summariesById: [ask.summariesById('a', 1)],
} satisfies Record<Exclude<keyof typeof ask, 'ID'>, readonly ask.Question[]>
const adminShapes = Object.values<readonly ask.Question[]>(ADMIN_PAGE).flat().map(shapeOfPages)

it('firestore.indexes.json serves every query, which the emulator would answer anyway', async () => {
  const shapes = (await recorded()).map(shapeOf)
  expect([...new Set(shapes.map(text))].sort()).toEqual([
    'COLLECTION admins where [] order by []',
    'COLLECTION audit where [] order by [at ASCENDING, __name__ ASCENDING]',
    'COLLECTION audit where [at <>] order by [at ASCENDING, __name__ ASCENDING]',
    'COLLECTION contents where [] order by []',
    'COLLECTION counts where [settled ==] order by []',
    'COLLECTION customers where [] order by [createdAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION customers where [updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION days where [customerId ==] order by []',
    'COLLECTION days where [dueAt <>] order by [dueAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION erasures where [] order by []',
    'COLLECTION erasures where [open ==] order by []',
    'COLLECTION images where [] order by []',
    'COLLECTION images where [] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION images where [error.code ==, receivedAt <>, source ==] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION images where [receivedAt <>, receivedAt <>] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION links where [] order by []',
    'COLLECTION links where [imageId ==, revokedAt ==] order by []',
    'COLLECTION months where [] order by []',
    'COLLECTION repaired where [customerId ==] order by []',
    'COLLECTION repairs where [customerId ==] order by []',
    'COLLECTION stats where [] order by []',
    'COLLECTION stats where [date ==] order by []',
    'COLLECTION totals where [] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [date ==, state ==] order by []',
    'COLLECTION_GROUP images where [date ==] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [dueAt <>, exportShard ==] order by [dueAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [error.code ==, source ==] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP links where [linkId ==] order by []',
    'COLLECTION_GROUP months where [month ==] order by [month ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [date <>] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [date ==] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [exportShard ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [exportShard ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
  ])
  expect(shapes.map((shape) => missingIndex(shape, CONFIG)).filter((problem) => problem !== null)).toEqual([])
})

it('firestore.indexes.json serves every query of the customer’s page, whatever it filters by', () => {
  expect(new Set(PAGE.map(text)).size).toBeGreaterThan(30)
  expect(PAGE.map((shape) => missingIndex(shape, CONFIG)).filter((problem) => problem !== null)).toEqual([])
})

it('firestore.indexes.json serves every query of the admin’s page', () => {
  expect(adminShapes.map((shape) => missingIndex(shape, CONFIG)).filter((problem) => problem !== null)).toEqual([])
})

it('the admin’s page asks for no more alternatives at once than Firestore takes, and never for all images by time alone', () => {
  for (const { collection, group, where = [] } of Object.values<readonly ask.Question[]>(ADMIN_PAGE).flat()) {
    const alternatives = where.map(([, op, value]) => (op === 'in' ? (value as readonly unknown[]).length : 1))
    expect(alternatives.reduce((all, each) => all * each, 1)).toBeLessThanOrEqual(30)
    if (group && collection === 'images') expect(where[0]?.[1]).toBe('in')
  }
})

it('there is no place that asks Firestore and is not run above', () => {
  const sources = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|testing\//.test(file))
      .map((file) => join(folder, file))
  const asks = (files: string[], what: RegExp) =>
    files.flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(what)].map(() => file))
  const functions = sources('functions/src').filter((file) => !file.includes('platform/'))
  expect(asks(functions, /\.query\(|\bpages\((?:store|reader),/g)).toEqual([
    'functions/src/api/admins.ts',
    'functions/src/api/audit.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-plan.ts',
    'functions/src/api/erase-plan.ts',
    'functions/src/api/erase-traces.ts',
    'functions/src/api/open-link.ts',
    'functions/src/api/selection.ts',
    'functions/src/api/selection.ts',
    'functions/src/api/selection.ts',
    'functions/src/export/cursor.ts',
    'functions/src/export/cursor.ts',
    'functions/src/export/feeds.ts',
    'functions/src/intake/own-limits.ts',
    'functions/src/ledger/document-store.ts',
    'functions/src/ledger/erasure.ts',
    'functions/src/ledger/links.ts',
    'functions/src/reconcile/counts.ts',
    'functions/src/reconcile/counts.ts',
    'functions/src/reconcile/day.ts',
    'functions/src/reconcile/day.ts',
    'functions/src/reconcile/explain.ts',
    'functions/src/reconcile/in-bigquery.ts',
    'functions/src/reconcile/reconcile.ts',
    'functions/src/reconcile/reconcile.ts',
    'functions/src/reconcile/recount.ts',
    'functions/src/reconcile/streams.ts',
    'functions/src/rollup/read.ts',
    'functions/src/rollup/read.ts',
    'functions/src/rollup/read.ts',
    'functions/src/rollup/read.ts',
    'functions/src/rollup/read.ts',
  ])
  const web = sources('web/src')
  expect(asks(web, /\b(?:collection|collectionGroup)\(/g)).toEqual(Array(3).fill('web/src/firebase/connect.ts'))
  expect(asks(web, /\bcollectionGroup\b.*:/g)).toEqual(['web/src/firebase/admin.ts'])
})

it('there is no composite index that nothing asks for', async () => {
  const shapes = [...(await recorded()).map(shapeOf), ...PAGE, ...adminShapes]
  for (const index of CONFIG.indexes) {
    const without = { ...CONFIG, indexes: CONFIG.indexes.filter((other) => other !== index) }
    expect(shapes.filter((shape) => missingIndex(shape, without) !== null)).not.toEqual([])
  }
})
