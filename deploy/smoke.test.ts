import { sharp } from '../demo/sharp.ts'
import { imageRow } from '../functions/src/export/rows.ts'
import { Pipeline } from '../functions/src/intake/testing/pipeline.ts'
import { imagePath, PAUSE_PATH, SMOKE_CUSTOMER } from '../functions/src/contract/names.ts'
import { PATIENCE, smokeTest, type Smoke } from './smoke.ts'

let photo: Uint8Array
beforeAll(async () => {
  photo = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#806040' } })
    .jpeg()
    .toBuffer()
})

interface Changes {
  readonly event: number
  readonly row: number
  readonly refuses: boolean
  readonly changes: Readonly<Record<string, string>>
}

/** The pipeline in memory as it is once it was deployed: `events` says after how many looks the event comes, and so on; never is Infinity. */
function deployed({ event = 2, row = 2, refuses = false, changes = {} }: Readonly<Partial<Changes>> = {}) {
  const pipeline = new Pipeline()
  const said: string[] = []
  let now = 0
  let looks = 0
  let asked = 0
  const smoke: Smoke = {
    raw: pipeline.raw,
    processed: pipeline.processed,
    store: {
      async get(path) {
        if (path !== PAUSE_PATH && ++looks === event)
          for (const { name } of await pipeline.raw.list({ limit: 1 })) await pipeline.deliver(name)
        return pipeline.store.get(path)
      },
    },
    warehouse: {
      async imageRow() {
        return ++asked < row ? null : { ...imageRow(await pipeline.record()), ...changes }
      },
    },
    requestExport: async () => {
      if (refuses) throw new Error('no such job')
    },
    timeZone: 'UTC',
    clock: () => now,
    sleep: async (milliseconds) => void (now += milliseconds),
    say: (line) => void said.push(line),
  }
  return { pipeline, said, smoke, run: (image = photo) => smokeTest(smoke, image, 'upload-1') }
}

it('follows an image of the smoke-test customer to its results and its row', async () => {
  const { run, said, pipeline } = deployed()
  const result = await run()
  const record = await pipeline.record()
  expect(result).toEqual({
    object: `web/${SMOKE_CUSTOMER}/upload-1/smoke-test.jpg`,
    imageId: record.imageId,
    processedAfter: 2000,
    exportedAfter: 4000,
  })
  expect(said).toEqual([
    `smoke test: ${result.object} is in the raw bucket`,
    'smoke test: processed after 2 s, 2 results in the processed bucket',
    'smoke test: in BigQuery after 4 s',
  ])
})

it('says that the event has not come, after two minutes', async () => {
  await expect(deployed({ event: Infinity }).run()).rejects.toThrow(
    /there is no record customers\/smoke-test\/images\/\w{40} after 120 s: the event has not reached processImage/,
  )
})

it('says that an image was taken up and did not end', async () => {
  const { smoke } = deployed()
  const open = { job: { kind: 'first' }, state: 'received' }
  await expect(
    smokeTest({ ...smoke, store: { get: async (path) => (path === PAUSE_PATH ? null : open) } }, photo, 'u'),
  ).rejects.toThrow(`has not ended after ${PATIENCE.ended} s: the log of processImage`)
})

it('fails where a sound photo ends with an error, and gives the error', async () => {
  await expect(deployed().run(photo.subarray(0, 300))).rejects.toThrow(
    /the image ended as corrupt: .* A sound photo must not/,
  )
})

it('fails where the processed bucket has not what the record names', async () => {
  const { smoke } = deployed()
  await expect(smokeTest({ ...smoke, processed: { stat: async () => null } }, photo, 'u')).rejects.toThrow(
    /the record names smoke-test\/.* the processed bucket has no such object/,
  )
})

it('waits for the ordinary export where it can’t be asked to run', async () => {
  const { run, said } = deployed({ refuses: true, row: 100 })
  expect((await run()).exportedAfter).toBeGreaterThan(190_000)
  expect(said).toContain("smoke test: the export can't be asked to run now (no such job): it does within five minutes")
})

it('fails where the row does not come, and where it is another', async () => {
  await expect(deployed({ row: Infinity }).run()).rejects.toThrow(
    /BigQuery has no row of image \w{40} after 900 s: the log of exportToBigQuery/,
  )
  await expect(deployed({ changes: { format: 'png' } }).run()).rejects.toThrow(
    /in BigQuery format of image \w{40} is png: expected jpeg/,
  )
})

it('can be run again with the same upload id: the image is the same', async () => {
  const { run, pipeline } = deployed()
  const first = await run()
  expect((await run()).imageId).toBe(first.imageId)
  expect(await pipeline.store.get(imagePath(SMOKE_CUSTOMER, first.imageId))).not.toBeNull()
})

it('puts nothing there while processing is paused', async () => {
  const { run, pipeline } = deployed()
  await pipeline.store.transact(async (transaction) => transaction.set(PAUSE_PATH, { paused: true, reason: 'a flood' }))
  await expect(run()).rejects.toThrow('processing is paused (a flood)')
  expect(await pipeline.raw.list({ limit: 1 })).toEqual([])
})
