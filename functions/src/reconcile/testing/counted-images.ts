import type { ImageRecord } from '../../contract/record.ts'
import { imageIdOf, statsPath } from '../../contract/names.ts'
import { unseen } from '../../ledger/commit.ts'
import { increment, type DocumentStore, type WriteData } from '../../ledger/document-store.ts'
import { Instant } from '../../ledger/instant.ts'
import { Ledger } from '../../ledger/ledger.ts'
import { dateIn } from '../../ledger/reporting-zone.ts'
import { recount, type Recount } from '../recount.ts'
import { addImage, addShard, differences, FIGURES, type Sums } from '../figures.ts'
import { asStatsShard } from '../../ledger/counters.ts'
import { asRecord } from '../../ledger/ledger.ts'

export const LEDGER = { leaseSeconds: 60, recordDays: 400, retentionDays: 7, statsShards: 3 }

/** Images as they come to be counted, without their bytes: claimed and committed by the ledger itself. */
export class CountedImages {
  readonly store: DocumentStore
  readonly ledger: Ledger

  constructor(store: DocumentStore) {
    this.store = store
    this.ledger = new Ledger(store, LEDGER)
  }

  /** Takes an image in that arrived at this time, and ends it as corrupt after so many milliseconds of work. */
  async end(customerId: string, name: string, arrived: Instant, milliseconds = 10): Promise<ImageRecord<Instant>> {
    const parts = { source: 'web', customerId, uploadId: name, fileName: 'a.jpg' } as const
    const rawName = `web/${customerId}/${name}/a.jpg`
    const raw = {
      name: rawName,
      generation: '1',
      bytes: 100,
      contentType: 'image/jpeg',
      metadata: {},
      crc32c: '',
      createdAt: arrived,
    }
    const imageId = await imageIdOf(rawName)
    const claim = await this.ledger.claim({
      imageId,
      name: parts,
      raw,
      date: dateIn('UTC', arrived),
      via: 'event',
      holder: `${name}-${milliseconds}`,
      quotaExceeded: false,
    })
    if (claim.kind !== 'work') throw new Error(`the claim of ${rawName} ended as ${claim.kind}`)
    const corrupt = unseen({ code: 'corrupt', message: 'damaged' })
    const commit = await this.ledger.commit(claim.fence, { ...corrupt, format: 'jpeg', milliseconds })
    if (commit.kind === 'superseded') throw new Error('superseded')
    return commit.record
  }

  /** Makes counters wrong, as a defect of the ledger would. */
  async spoil(customerId: string, date: string, wrong: Readonly<Record<string, WriteData>>, shard = 1): Promise<void> {
    const { store } = this
    const rest = {
      ...Object.fromEntries(FIGURES.map((field) => [field, increment(0)])),
      histogram: { '0': increment(0) },
    }
    const cells = Object.fromEntries(Object.entries(wrong).map(([cell, fields]) => [cell, { ...rest, ...fields }]))
    await store.transact(async (transaction) => {
      const at = transaction.get(statsPath(customerId, date, shard)).then(() => transaction.readTime())
      const updatedAt = await at
      transaction.merge(statsPath(customerId, date, shard), { customerId, date, exportShard: shard, cells, updatedAt })
    })
  }

  /** How records and counters differ, over all days: `{customer}/{date}` -> number of differences. Read by a way of its own. */
  async differing(): Promise<Readonly<Record<string, number>>> {
    const [records, counters] = [new Map<string, Sums>(), new Map<string, Sums>()]
    const sums = (of: Map<string, Sums>, key: string) => {
      const own: Sums = of.get(key) ?? new Map()
      of.set(key, own)
      return own
    }
    for (const { data } of await this.store.query({ collection: 'images', group: true })) {
      const { customerId, date, counted } = asRecord(data)
      if (counted !== null) addImage(sums(records, `${customerId}/${date}`), counted)
    }
    for (const document of await this.store.query({ collection: 'stats', group: true })) {
      const { customerId, date } = asStatsShard(document)
      addShard(sums(counters, `${customerId}/${date}`), asStatsShard(document))
    }
    const keys = new Set([...records.keys(), ...counters.keys()])
    const found = [...keys].map((key) => [key, differences(sums(records, key), sums(counters, key)).length] as const)
    return Object.fromEntries(found.filter(([, count]) => count > 0))
  }
}

export const QUIET = 3600
export const LATEST = 86_400

export const recountOf = (
  deps: Pick<Recount, 'store' | 'warehouse' | 'log'> & Partial<Recount>,
): ReturnType<typeof recount> =>
  recount({
    timeZone: 'UTC',
    recordDays: LEDGER.recordDays,
    timing: { quietSeconds: QUIET, latestSeconds: LATEST },
    sleep: async () => {},
    outOfTime: () => false,
    ...deps,
  })
