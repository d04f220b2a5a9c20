import { imageIdOf } from '../contract/names.ts'
import { runExport } from '../export/run.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { Fault, Pipeline } from '../intake/testing/pipeline.ts'
import { SERVER_TIME } from '../ledger/document-store.ts'
import { smallImages } from '../processing/testing/images.ts'
import { explain, explained, imageRefOf, type ImageRef } from './explain.ts'

const NAME = 'web/ada/u1/a.jpg'
let pipeline: Pipeline
let warehouse: MemoryWarehouse
let imageId: string
let jpeg: Uint8Array
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
  imageId = await imageIdOf(NAME)
})
beforeEach(() => {
  pipeline = new Pipeline()
  warehouse = new MemoryWarehouse()
})

const look = (ref: ImageRef) =>
  explain({ store: pipeline.store, warehouse, raw: pipeline.raw, processed: pipeline.processed, rawDays: 14 }, ref)
const runTheExport = () =>
  runExport({
    store: pipeline.store,
    warehouse,
    runId: 'r',
    pageRows: 10,
    sleep: async () => {},
    outOfTime: () => false,
    mustStop: () => false,
    mayFill: () => true,
  })
const screen = async (ref: ImageRef) => {
  const found = await look(ref)
  return found === null ? [] : explained(found).map(([label, text]) => `${label}: ${text}`)
}

it('takes an id, customer/id and the name of the raw object, and says what it expected', () => {
  expect(imageRefOf(imageId)).toEqual({ kind: 'id', imageId })
  expect(imageRefOf(`ada/${imageId}`)).toEqual({ kind: 'image', customerId: 'ada', imageId })
  expect(imageRefOf(NAME)).toEqual({ kind: 'object', name: NAME, customerId: 'ada' })
  for (const wrong of [
    '',
    'x',
    imageId.slice(1),
    imageId.toUpperCase(),
    `-/${imageId}`,
    'ftp/ada/u/a',
    `ada/${imageId}/x`,
  ]) {
    expect(() => imageRefOf(wrong)).toThrow(/names no image: expected/)
  }
})

it('shows the whole way of an image that has ended and was exported, however it is named', async () => {
  await pipeline.upload(NAME, jpeg)
  await pipeline.upload('web/ada/u2/a.jpg', jpeg)
  await runTheExport()
  const record = (await pipeline.records()).find((each) => each.imageId === imageId)
  const found = await look({ kind: 'object', name: NAME, customerId: 'ada' })
  expect(found).toMatchObject({
    customerId: 'ada',
    imageId,
    object: { name: NAME, there: { bytes: jpeg.length }, expiresAt: record?.receivedAt.plusDays(14) },
    record: { state: 'processed', attempt: 1, job: null },
    counted: { cell: 'web~jpeg~processed', counters: { images: 2, bytesIn: 2 * jpeg.length } },
    bigQuery: {
      row: { image_id: imageId, outcome: 'processed' },
      watermark: expect.anything() as unknown,
      problem: null,
    },
  })
  expect(found?.results.map(({ isThere }) => isThere)).toEqual(record?.outputs.map(() => true))
  expect(found?.results).not.toEqual([])
  for (const ref of [
    { kind: 'id', imageId },
    { kind: 'image', customerId: 'ada', imageId },
  ] as const) {
    expect(await look(ref)).toEqual(found)
  }
  const lines = await screen({ kind: 'id', imageId })
  expect(lines.length).toBeLessThanOrEqual(24)
  expect(lines).toEqual(
    expect.arrayContaining([
      `image: ada/${imageId}`,
      `object: ${NAME}`,
      'record: processed',
      'attempts: 1; 0 of the current job were lost with their process',
      'job: none: nothing is open',
      `BigQuery: a row of revision ${record?.revision}, as processed, jpeg`,
      `results: ${record?.outputs.length}, available until ${record?.availableUntil?.toString()}`,
      `log: trace=~"/traces/${imageId.slice(0, 32)}$" OR jsonPayload.image="${imageId}"`,
    ]),
  )
})

it('says of an image at work who has it and until when, and that nothing is counted or exported yet', async () => {
  pipeline.failOnce('raw read before')
  await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(Fault)
  await runTheExport()
  const lines = await screen({ kind: 'image', customerId: 'ada', imageId })
  expect(lines).toEqual(
    expect.arrayContaining([
      'record: received',
      'counted: not yet: it has not ended',
      'results: none',
      expect.stringMatching(/^job: first, waits to be taken; reconcile looks at it after 2026-11-23T/) as string,
      expect.stringMatching(/^BigQuery: no row yet; the export has moved changes up to 2026-/) as string,
    ]),
  )
})

it('says why one failed, what has gone since, and that BigQuery has an older end', async () => {
  await pipeline.upload(NAME, new Uint8Array())
  await runTheExport()
  await pipeline.intake.ledger.replay('ada', imageId, true)
  pipeline.raw.remove(NAME)
  await pipeline.intake.ledger.delete('ada', imageId)
  const lines = await screen({ kind: 'id', imageId })
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^record: failed \(empty: /) as string,
      ': no longer there: it can be neither replayed nor reprocessed',
      expect.stringMatching(/^: received 2026-.*, ended 2026-.*, deleted by its owner 2026-/) as string,
      expect.stringMatching(/^BigQuery: a row of revision 2, as empty, unknown; the export has moved/) as string,
    ]),
  )
})

it('says of an object without a record that no event has brought it, and of what is not there nothing', async () => {
  await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
  expect(await screen({ kind: 'object', name: NAME, customerId: 'ada' })).toContain(
    'record: none: no event has brought it yet; reconcile hands it to redrive',
  )
  expect(await look({ kind: 'object', name: 'web/ada/u2/a.jpg', customerId: 'ada' })).toBeNull()
  expect(await look({ kind: 'image', customerId: 'ada', imageId })).toBeNull()
  expect(await look({ kind: 'id', imageId })).toBeNull()
})

it('finds an id among any number of customers, page after page', async () => {
  await pipeline.store.transact(async (transaction) => {
    for (let i = 0; i < 1100; i++) transaction.set(`customers/c${i}`, { createdAt: SERVER_TIME })
  })
  await pipeline.upload('web/zoe/u1/a.jpg', jpeg)
  const id = await imageIdOf('web/zoe/u1/a.jpg')
  expect(await look({ kind: 'id', imageId: id })).toMatchObject({ customerId: 'zoe' })
})

it('shows all but the row where BigQuery can not be asked', async () => {
  await pipeline.upload(NAME, jpeg)
  expect(await screen({ kind: 'id', imageId })).toContainEqual(expect.stringMatching(/^BigQuery: could not be asked: /))
})
