/** One image from end to end through what was deployed: into the raw bucket, and out of BigQuery. */
import { dateIn } from '../functions/src/ledger/reporting-zone.ts'
import { imageIdOf, imagePath, rawName, SMOKE_CUSTOMER } from '../functions/src/contract/names.ts'
import { readPause } from '../functions/src/api/controls.ts'
import type { Warehouse } from '../functions/src/export/warehouse.ts'
import type { ObjectStore } from '../functions/src/intake/object-store.ts'
import type { DocumentStore } from '../functions/src/ledger/document-store.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'

export interface Smoke {
  readonly raw: Pick<ObjectStore, 'create'>
  readonly processed: Pick<ObjectStore, 'stat'>
  readonly store: Pick<DocumentStore, 'get'>
  readonly warehouse: Pick<Warehouse, 'imageRow'>
  /** Asks for an export now. It runs every five minutes all the same, so that a refusal only costs time. */
  readonly requestExport: () => Promise<void>
  /** REPORTING_TIME_ZONE. */
  readonly timeZone: string
  /** Milliseconds, never going back. */
  readonly clock: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly say: (line: string) => void
}

/** How far the image came, with what to look at. */
export class SmokeFailed extends Error {
  override readonly name = 'SmokeFailed'
}

export interface SmokeResult {
  readonly object: string
  readonly imageId: string
  /** Milliseconds after the upload. */
  readonly processedAfter: number
  readonly exportedAfter: number
}

/** How long each stage is waited for, in seconds. An instance that starts cold, and the export's five minutes, are in it. */
export const PATIENCE = { record: 120, ended: 360, row: 900 } as const
const POLL = 2000

/**
 * Puts an image of {@link SMOKE_CUSTOMER} there and follows it. `uploadId` is to be unlike any other's. Throws {@link SmokeFailed}. What it leaves goes
 * by the buckets' lifecycle, and stands in no view of the business.
 */
export async function smokeTest(smoke: Smoke, image: Uint8Array, uploadId: string): Promise<SmokeResult> {
  const { store, say, clock } = smoke
  const pause = await readPause(store)
  if (pause !== null)
    throw new SmokeFailed(
      `smoke test: processing is paused (${pause.reason}), so that no image comes through: npm run admin -- resume, or --skip-smoke.`,
    )
  const object = rawName({ source: 'web', customerId: SMOKE_CUSTOMER, uploadId, fileName: 'smoke-test.jpg' })
  const imageId = await imageIdOf(object)
  const path = imagePath(SMOKE_CUSTOMER, imageId)
  const raw = await smoke.raw.create(object, image, 'image/jpeg')
  const started = clock()
  const after = () => Math.round(clock() - started)
  say(`smoke test: ${object} is in the raw bucket`)

  await until(smoke, PATIENCE.record, async () => (await store.get(path)) !== null, [
    `there is no record ${path}`,
    'the event has not reached processImage: look at its trigger and its log, and whether its account may receive events (npm run provision -- --verify)',
  ])
  const record = await until(
    smoke,
    PATIENCE.ended,
    async () => {
      const now = asRecord((await store.get(path)) ?? {})
      return now.job === null ? now : false
    },
    [`the image has a record, ${path}, and has not ended`, 'the log of processImage says what stands in its way'],
  )
  const processedAfter = after()
  if (record.state !== 'processed') {
    const { code = '', message = '' } = record.error ?? {}
    throw new SmokeFailed(
      `smoke test: the image ended as ${code}: ${message} A sound photo must not: see the log of processImage.`,
    )
  }
  for (const output of record.outputs) {
    const there = await smoke.processed.stat(output.object)
    if (there?.bytes !== output.bytes)
      throw new SmokeFailed(
        `smoke test: the record names ${output.object} with ${output.bytes} bytes, the processed bucket has ${there === null ? 'no such object' : there.bytes}.`,
      )
  }
  say(
    `smoke test: processed after ${seconds(processedAfter)}, ${record.outputs.length} results in the processed bucket`,
  )

  try {
    await smoke.requestExport()
  } catch (error) {
    say(`smoke test: the export can't be asked to run now (${(error as Error).message}): it does within five minutes`)
  }
  const date = dateIn(smoke.timeZone, raw.createdAt)
  const row = await until(
    smoke,
    PATIENCE.row,
    async () => (await smoke.warehouse.imageRow(date, SMOKE_CUSTOMER, imageId)) ?? false,
    [
      `BigQuery has no row of image ${imageId}`,
      'the log of exportToBigQuery says why; Firestore has its runs in exports/',
    ],
  )
  for (const [column, expected] of Object.entries({
    outcome: 'processed',
    format: 'jpeg',
    bytes_in: image.byteLength,
  })) {
    if (textOf(row[column]) !== String(expected))
      throw new SmokeFailed(
        `smoke test: in BigQuery ${column} of image ${imageId} is ${textOf(row[column])}: expected ${expected}.`,
      )
  }
  const exportedAfter = after()
  say(`smoke test: in BigQuery after ${seconds(exportedAfter)}`)
  return { object, imageId, processedAfter, exportedAfter }
}

/** BigQuery may give a number as text. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`

async function until<T>(
  { clock, sleep }: Smoke,
  patience: number,
  condition: () => Promise<T | false>,
  [what, todo]: readonly [what: string, todo: string],
): Promise<T> {
  const deadline = clock() + patience * 1000
  for (;;) {
    const found = await condition()
    if (found !== false) return found
    if (clock() > deadline) throw new SmokeFailed(`smoke test: ${what} after ${patience} s: ${todo}.`)
    await sleep(POLL)
  }
}
