import { listAudit } from '../../functions/src/api/audit.ts'
import { planErasure } from '../../functions/src/api/erase-plan.ts'
import { eraseCustomer } from '../../functions/src/api/erase.ts'
import { planReprocess } from '../../functions/src/api/reprocess.ts'
import { MemoryUsers } from '../../functions/src/api/testing/memory-users.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Results } from '../../functions/src/bridge/results.ts'
import { imageIdOf } from '../../functions/src/contract/names.ts'
import { runExport } from '../../functions/src/export/run.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { Pipeline } from '../../functions/src/intake/testing/pipeline.ts'
import type { Query } from '../../functions/src/ledger/document-store.ts'
import { explain } from '../../functions/src/reconcile/explain.ts'
import { compareWithBigQuery } from '../../functions/src/reconcile/in-bigquery.ts'
import { reconcile } from '../../functions/src/reconcile/reconcile.ts'
import { recount } from '../../functions/src/reconcile/recount.ts'
import { verify } from '../../functions/src/reconcile/verify.ts'
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
  const kafka = {
    produce: async () => {
      throw new Error('nothing is there to be answered')
    },
  }
  const results = new Results({ store, kafka, topic: 'images', processedBucket: 'processed', holder: 'test' })
  await results.publish(new AbortController().signal)
  await results.publish(new AbortController().signal)
  await listAudit({ store }, pipeline.now, 10)
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
  await verify(recounting, { from: date, to: date }, () => {})
  await explain({ ...recounting, raw, processed: pipeline.processed, rawDays: 14 }, { kind: 'id', imageId })
  const settings = { ...intake.settings, kafka: { ...intake.settings.kafka, topic: 'images' } }
  const buckets = { raw, processed: pipeline.processed }
  const tools = { store, ...buckets, users: new MemoryUsers(), warehouse, settings, runId: 'e', sleep, tell: () => {} }
  await planErasure(tools, 'ada')
  await eraseCustomer({ ...tools, pseudonym: () => 'erased-1' }, 'ada')
  return store.recordedQueries
}

/** What the web page asks: web/src/firebase/connect.ts. */
const PAGE: QueryShape = {
  collection: 'images',
  scope: 'COLLECTION',
  equal: [],
  range: [],
  orderBy: [['receivedAt', 'DESCENDING']],
}

it('firestore.indexes.json serves every query, which the emulator would answer anyway', async () => {
  const shapes = [...(await recorded()).map(shapeOf), PAGE]
  expect([...new Set(shapes.map(text))].sort()).toEqual([
    'COLLECTION audit where [] order by [at ASCENDING, __name__ ASCENDING]',
    'COLLECTION audit where [at <>] order by [at ASCENDING, __name__ ASCENDING]',
    'COLLECTION contents where [] order by []',
    'COLLECTION customers where [] order by [createdAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION customers where [updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION days where [customerId ==] order by []',
    'COLLECTION days where [dueAt <>] order by [dueAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION erasures where [open ==] order by []',
    'COLLECTION images where [] order by []',
    'COLLECTION images where [] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION images where [] order by [receivedAt DESCENDING]',
    'COLLECTION images where [receivedAt <>, receivedAt <>] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION months where [] order by []',
    'COLLECTION repaired where [customerId ==] order by []',
    'COLLECTION repairs where [customerId ==] order by []',
    'COLLECTION stats where [] order by []',
    'COLLECTION stats where [date ==] order by []',
    'COLLECTION_GROUP images where [date ==] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [dueAt <>, exportShard ==] order by [dueAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [date ==] order by [date ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [exportShard ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP stats where [exportShard ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
  ])
  expect(shapes.map((shape) => missingIndex(shape, CONFIG)).filter((problem) => problem !== null)).toEqual([])
})

it('there is no place that asks Firestore and is not run above', () => {
  const sources = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|testing\//.test(file))
      .map((file) => join(folder, file))
  const asks = (files: string[], what: RegExp) =>
    files.flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(what)].map(() => file))
  const functions = sources('functions/src').filter((file) => !file.includes('platform/'))
  expect(asks(functions, /\.query\(|\bpages\(store,/g)).toEqual([
    'functions/src/api/audit.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-documents.ts',
    'functions/src/api/erase-plan.ts',
    'functions/src/api/erase-plan.ts',
    'functions/src/api/erase-traces.ts',
    'functions/src/api/selection.ts',
    'functions/src/api/selection.ts',
    'functions/src/export/cursor.ts',
    'functions/src/export/cursor.ts',
    'functions/src/export/feeds.ts',
    'functions/src/intake/quota.ts',
    'functions/src/ledger/document-store.ts',
    'functions/src/ledger/erasure.ts',
    'functions/src/reconcile/day.ts',
    'functions/src/reconcile/day.ts',
    'functions/src/reconcile/explain.ts',
    'functions/src/reconcile/in-bigquery.ts',
    'functions/src/reconcile/reconcile.ts',
    'functions/src/reconcile/reconcile.ts',
    'functions/src/reconcile/recount.ts',
    'functions/src/reconcile/streams.ts',
  ])
  expect(asks(sources('web/src'), /\b(?:collection|collectionGroup)\(/g)).toEqual(['web/src/firebase/connect.ts'])
})

it('there is no composite index that nothing asks for', async () => {
  const shapes = (await recorded()).map(shapeOf)
  for (const index of CONFIG.indexes) {
    const without = { ...CONFIG, indexes: CONFIG.indexes.filter((other) => other !== index) }
    expect(shapes.filter((shape) => missingIndex(shape, without) !== null)).not.toEqual([])
  }
})
