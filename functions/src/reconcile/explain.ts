/** `npm run admin -- explain`: everything that is known of one image, from the raw object to BigQuery. Reads, and changes nothing. */
import { CUSTOMER_ID, imageIdOf, imagePath, parseRawName, traceIdOf } from '../contract/names.ts'
import { cellKey, type ImageRecord } from '../contract/record.ts'
import type { Row, RowValue } from '../export/rows.ts'
import { cursorPath } from '../export/table-cursor.ts'
import { IMAGES } from '../export/schema.ts'
import type { Warehouse } from '../export/warehouse.ts'
import type { ObjectStat, ObjectStore } from '../intake/object-store.ts'
import { pages, type DocumentStore } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { readCounters } from './day.ts'

export interface Explain {
  readonly store: DocumentStore
  readonly warehouse: Pick<Warehouse, 'imageRow'>
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly processed: Pick<ObjectStore, 'stat'>
  readonly rawDays: number
  /** While customers are searched for an id that stands alone. */
  progress?(customers: number): void
}

/** How an image can be named. */
export type ImageRef =
  | { readonly kind: 'object'; readonly name: string; readonly customerId: string }
  | { readonly kind: 'image'; readonly customerId: string; readonly imageId: string }
  | { readonly kind: 'id'; readonly imageId: string }

const IMAGE_ID = /^[0-9a-f]{40}$/

/** Throws a RangeError that says what was expected. */
export function imageRefOf(text: string): ImageRef {
  if (IMAGE_ID.test(text)) return { kind: 'id', imageId: text }
  const [customerId = '', imageId = '', ...more] = text.split('/')
  if (more.length === 0 && CUSTOMER_ID.test(customerId) && IMAGE_ID.test(imageId)) {
    return { kind: 'image', customerId, imageId }
  }
  const name = parseRawName(text)
  if (!('problem' in name)) return { kind: 'object', name: text, customerId: name.customerId }
  throw new RangeError(
    `${JSON.stringify(text)} names no image: expected its id (40 hexadecimal digits), customer/id, or the name of its raw object (${name.problem})`,
  )
}

export interface Explanation {
  readonly customerId: string
  readonly imageId: string
  /** `there` is null where it has gone, or never was. */
  readonly object: {
    readonly name: string
    readonly there: ObjectStat | null
    readonly expiresAt: Instant | null
  } | null
  readonly record: ImageRecord<Instant> | null
  /** The cell that it is counted in, and what that cell has in all, on that day, by the counters. */
  readonly counted: { readonly cell: string; readonly counters: Readonly<Record<string, number>> } | null
  /** `watermark`: the latest change that the export has moved. `problem`: BigQuery could not be asked. */
  readonly bigQuery: { readonly row: Row | null; readonly watermark: Instant | null; readonly problem: string | null }
  readonly results: readonly {
    readonly name: string
    readonly object: string
    readonly bytes: number
    readonly isThere: boolean
  }[]
  /** For Cloud Logging: all lines about this image, from the upload to its end. */
  readonly logQuery: string
}

/** Null where nothing at all is known by that name: neither an object nor a record. */
export async function explain(deps: Explain, ref: ImageRef): Promise<Explanation | null> {
  const { store, raw } = deps
  const imageId = ref.kind === 'object' ? await imageIdOf(ref.name) : ref.imageId
  const customerId = ref.kind === 'id' ? await ownerOf(deps, ref.imageId) : ref.customerId
  if (customerId === null) return null
  const data = await store.get(imagePath(customerId, imageId))
  const record = data === null ? null : asRecord(data)
  const name = ref.kind === 'object' ? ref.name : record?.raw.name
  const there = name === undefined ? null : await raw.stat(name)
  if (record === null && there === null) return null
  const arrivedAt = there?.createdAt ?? record?.receivedAt
  const object = name === undefined ? null : { name, there, expiresAt: arrivedAt?.plusDays(deps.rawDays) ?? null }
  return {
    customerId,
    imageId,
    object,
    record,
    counted: record === null ? null : await countedOf(store, record),
    bigQuery: await bigQueryOf(deps, record),
    results: await resultsOf(deps, record),
    logQuery: `trace=~"/traces/${traceIdOf(imageId)}$" OR jsonPayload.image="${imageId}"`,
  }
}

/** Customers asked at the same time. */
const LANES = 50

/**
 * Whose image this is. An index on the id would cost an entry with each record, for a question that is asked by hand: so each customer is asked
 * for an image of that id, one read each.
 */
async function ownerOf(deps: Explain, imageId: string): Promise<string | null> {
  const { store } = deps
  let asked = 0
  const query = { collection: 'customers', orderBy: 'createdAt', fields: ['createdAt'], limit: LANES * 10 }
  for await (const page of pages(store, query)) {
    for (let from = 0; from < page.length; from += LANES) {
      const customers = page.slice(from, from + LANES).map(({ path }) => path.split('/')[1] ?? '')
      const found = await Promise.all(customers.map((customerId) => store.get(imagePath(customerId, imageId))))
      const at = found.findIndex((data) => data !== null)
      if (at >= 0) return customers[at] ?? null
      deps.progress?.((asked += customers.length))
    }
  }
  return null
}

async function countedOf(store: DocumentStore, record: ImageRecord<Instant>): Promise<Explanation['counted']> {
  const { counted, customerId, date } = record
  if (counted === null) return null
  const cell = cellKey(counted)
  const counters = await readCounters(store, { customerId, date })
  const figures = [...(counters.get(cell) ?? [])].filter(([field]) => !field.startsWith('histogram'))
  return { cell, counters: Object.fromEntries(figures) }
}

async function bigQueryOf(
  { store, warehouse }: Explain,
  record: ImageRecord<Instant> | null,
): Promise<Explanation['bigQuery']> {
  const watermark = (await store.get(cursorPath(IMAGES.name)))?.['watermark']
  const known = { watermark: watermark instanceof Instant ? watermark : null, problem: null }
  if (record === null) return { row: null, ...known }
  try {
    return { row: await warehouse.imageRow(record.date, record.customerId, record.imageId), ...known }
  } catch (error) {
    return { row: null, ...known, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function resultsOf({ processed }: Explain, record: ImageRecord<Instant> | null): Promise<Explanation['results']> {
  return Promise.all(
    (record?.outputs ?? []).map(async ({ name, object, bytes }) => ({
      name,
      object,
      bytes,
      isThere: (await processed.stat(object)) !== null,
    })),
  )
}

/** On one screen: a label and what there is to say of it. */
export function explained(image: Explanation): readonly (readonly [label: string, text: string])[] {
  const { record, object, counted, results, logQuery } = image
  const lines: [string, string][] = [['image', `${image.customerId}/${image.imageId}`]]
  if (object !== null) lines.push(['object', object.name], ['', objectText(object)])
  if (record === null) {
    lines.push(['record', 'none: no event has brought it yet; reconcile hands it to redrive'], ['log', logQuery])
    return lines
  }
  const {
    deletedAt = null,
    state,
    date,
    source,
    error,
    attempt,
    lost,
    job,
    profileVersion,
    sameAs,
    revision,
    updatedAt,
  } = record
  const profile = profileVersion === null ? 'no profile was chosen' : `profile ${profileVersion}`
  lines.push(
    ['record', `${state}${error === null ? '' : ` (${error.code}: ${error.message})`}`],
    ['', `of ${date}, source ${source}, file ${record.fileName}, ${profile}`],
    [
      '',
      `received ${record.receivedAt.toString()}, ended ${record.processedAt?.toString() ?? 'not yet'}${deletedText(deletedAt)}`,
    ],
    [
      '',
      `revision ${revision}, written ${updatedAt.toString()}${sameAs === null ? '' : `, same content as ${sameAs}`}`,
    ],
    ['attempts', `${attempt}; ${lost} of the current job were lost with their process`],
    ['job', jobText(job, record.dueAt)],
  )
  if (counted === null) lines.push(['counted', 'not yet: it has not ended'])
  else {
    const own = Object.entries({ images: 1, ...record.counted }).filter(([, value]) => typeof value === 'number')
    lines.push(['counted', `in ${counted.cell.replaceAll('~', ', ')}: ${figuresText(Object.fromEntries(own))}`])
    lines.push(['', `the cell has in all: ${figuresText(counted.counters)}`])
  }
  lines.push(['BigQuery', bigQueryText(image)])
  const until = record.availableUntil
  if (results.length === 0) lines.push(['results', 'none'])
  else lines.push(['results', `${results.length}, available until ${until?.toString() ?? 'nobody knows'}`])
  for (const { name, object: result, bytes, isThere } of results) {
    lines.push(['', `${name}: ${result}, ${isThere ? `${bytes} bytes` : 'no longer there'}`])
  }
  lines.push(['log', logQuery])
  return lines
}

const deletedText = (at: Instant | null) => (at === null ? '' : `, deleted by its owner ${at.toString()}`)

const figuresText = (figures: object) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

function objectText({ there, expiresAt }: NonNullable<Explanation['object']>): string {
  if (there === null) return 'no longer there: it can be neither replayed nor reprocessed'
  const { bytes, generation, createdAt, contentType } = there
  return `${bytes} bytes, ${contentType || 'no content type'}, generation ${generation}, arrived ${createdAt.toString()}, deleted after ${expiresAt?.toString() ?? 'nobody knows'}`
}

function jobText(job: ImageRecord<Instant>['job'], dueAt: Instant | null): string {
  if (job === null) return 'none: nothing is open'
  const due = `reconcile looks at it after ${dueAt?.toString() ?? 'nobody knows'}`
  if (job.leaseUntil === null) return `${job.kind}, waits to be taken; ${due}`
  return `${job.kind}, attempt ${job.attempt} has it until ${job.leaseUntil.toString()}; ${due}`
}

function bigQueryText({ bigQuery: { row, watermark, problem }, record }: Explanation): string {
  const moved = `the export has moved changes up to ${watermark?.toString() ?? 'none at all'}`
  if (problem !== null) return `could not be asked: ${problem}`
  if (row === null) return `no row yet; ${moved}`
  const [revision = '', outcome = '', format = ''] = ['revision', 'outcome', 'format'].map((column) =>
    textOf(row[column]),
  )
  const text = `a row of revision ${revision}, as ${outcome}, ${format}`
  // Claims and leases change the revision, and no figure.
  return revision === String(record?.revision) ? text : `${text}; ${moved}`
}

const textOf = (value: RowValue | undefined) => (typeof value === 'object' ? '' : String(value ?? ''))
