import { planReprocess } from '../../functions/src/api/reprocess.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Results } from '../../functions/src/bridge/results.ts'
import { runExport } from '../../functions/src/export/run.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { Pipeline } from '../../functions/src/intake/testing/pipeline.ts'
import type { Query } from '../../functions/src/ledger/document-store.ts'
import { reconcile } from '../../functions/src/reconcile/reconcile.ts'
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
  await reconcile({ ...intake, store, raw, settleSeconds: 1, pageSize: 10, sweepLimit: 10, outOfTime: () => false })
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
    'COLLECTION customers where [] order by [createdAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION customers where [] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION images where [] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION images where [] order by [receivedAt DESCENDING]',
    'COLLECTION images where [receivedAt <>, receivedAt <>] order by [receivedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION stats where [date ==] order by []',
    'COLLECTION_GROUP images where [dueAt <>, exportShard ==] order by [dueAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==, updatedAt <>] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==, source ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
    'COLLECTION_GROUP images where [exportShard ==] order by [updatedAt ASCENDING, __name__ ASCENDING]',
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
  expect(asks(functions, /\.query\(/g)).toEqual([
    'functions/src/api/reprocess.ts',
    'functions/src/export/cursor.ts',
    'functions/src/export/feeds.ts',
    'functions/src/intake/receive.ts',
    'functions/src/reconcile/reconcile.ts',
    'functions/src/reconcile/reconcile.ts',
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
