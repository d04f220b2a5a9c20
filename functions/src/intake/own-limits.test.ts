import { readLimits, setFormats, setQuota } from '../api/controls.ts'
import { statsPath } from '../contract/names.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { limitOf, limitsSource, type LimitsDeps } from './own-limits.ts'

const DAY = '2026-11-24'
const MINUTE = 60_000

let now: number
let reads: string[]
let store: MemoryStore
beforeEach(() => {
  now = 0
  reads = []
  const at = Instant.parse(`${DAY}T12:00:00Z`)
  store = new MemoryStore({
    now: () => at,
    gate: ({ kind, path }, phase) => void (phase === 'before' && reads.push(`${kind} ${path}`)),
  })
})
const quotas = (dailyQuota: number) => {
  const settings: LimitsDeps['settings'] = { dailyQuota, statsShards: 2 }
  return limitsSource({ store, settings, clock: () => now }).quotaExceeded
}
const sent = (images: number, shard = 0, cell = 'web~jpeg~processed') =>
  store.transact(async (transaction) =>
    transaction.set(statsPath('c1', DAY, shard), { date: DAY, cells: { [cell]: { images, histogram: {} } } }),
  )
const own = (dailyImages: number | null) => setQuota(store, 'c1', { dailyImages }, 'ada')
const counted = () => reads.filter((read) => read.startsWith('query')).length

describe('a daily quota', () => {
  it('is the project’s where a customer has none of its own', async () => {
    await sent(3)
    expect(await quotas(0)('c1', DAY)).toBe(false)
    expect(await quotas(4)('c1', DAY)).toBe(false)
    expect(await quotas(3)('c1', DAY)).toBe(true)
    expect(await quotas(3)('c2', DAY)).toBe(false)
    expect(await quotas(3)('c1', '2026-11-25')).toBe(false)
  })

  it('is the customer’s own where it has one: more, less, none, or no limit', async () => {
    await sent(3)
    await own(4)
    expect(await quotas(1)('c1', DAY)).toBe(false)
    await own(2)
    expect(await quotas(0)('c1', DAY)).toBe(true)
    await own(null)
    expect(await quotas(1)('c1', DAY)).toBe(false)
    await own(0)
    expect(await quotas(9)('c1', DAY)).toBe(true)
    await setQuota(store, 'c1', null, 'ada')
    expect(await quotas(4)('c1', DAY)).toBe(false)
    expect([limitOf(null, 0), limitOf({ dailyImages: 0 }, 5)]).toEqual([Infinity, 0])
  })

  it('counts all shards, and not what was refused for it', async () => {
    await sent(2)
    await sent(1, 1, 'web~unknown~quota-exceeded')
    expect(await quotas(3)('c1', DAY)).toBe(false)
    await sent(1, 1)
    expect(await quotas(3)('c1', DAY)).toBe(true)
  })

  it('that was changed is known within a minute', async () => {
    const exceeded = quotas(1)
    await sent(3)
    expect(await exceeded('c1', DAY)).toBe(true)
    await own(9)
    now = MINUTE - 1
    expect(await exceeded('c1', DAY)).toBe(true)
    now = MINUTE
    expect(await exceeded('c1', DAY)).toBe(false)
  })

  it('costs a flood one reading a minute for each process, and asks for no counters where there is no limit', async () => {
    const exceeded = quotas(3)
    await sent(3)
    reads = []
    for (let image = 0; image < 1000; image++) expect(await exceeded('c1', DAY)).toBe(true)
    expect(reads).toEqual(['get quotas/c1', `query customers/c1/stats`])
    now = MINUTE
    await exceeded('c1', DAY)
    expect(counted()).toBe(2)
    reads = []
    for (let image = 0; image < 10; image++) await quotas(0)('c2', DAY)
    expect(counted()).toBe(0)
  })

  it.each(['many', -1, 1.5])(
    'that is %j stops nothing silently: whoever wrote it has to mend it',
    async (dailyImages) => {
      await store.transact(async (transaction) => transaction.set('quotas/c1', { dailyImages }))
      await expect(quotas(1)('c1', DAY)).rejects.toThrow('quotas/c1 has dailyImages')
      await expect(readLimits(store, 'c1')).rejects.toThrow('npm run admin -- quota')
    },
  )

  it('is set for a customer’s id, to a whole number', async () => {
    await expect(setQuota(store, '../c1', null, 'ada')).rejects.toThrow('expected an id that matches')
    for (const dailyImages of [-1, 1.5, NaN]) await expect(own(dailyImages)).rejects.toThrow('expected a whole number')
    await own(7)
    expect(await readLimits(store, 'c1')).toEqual({ quota: { dailyImages: 7 }, formats: null })
  })
})

describe('the formats of a customer', () => {
  const set = (...formats: Parameters<typeof setFormats>[2] & {}) => setFormats(store, 'c1', formats, 'ada')
  const source = () => limitsSource({ store, settings: { dailyQuota: 0, statsShards: 2 }, clock: () => now })

  it('are all where it has no list of its own; a list is known within a minute, with the quota’s one reading', async () => {
    const { formatsOf, quotaExceeded } = source()
    expect(await formatsOf('c1')).toBeNull()
    await set('png', 'jpeg', 'png')
    now = MINUTE - 1
    expect(await formatsOf('c1')).toBeNull()
    now = MINUTE
    reads = []
    expect(await quotaExceeded('c1', DAY)).toBe(false)
    expect(await formatsOf('c1')).toEqual(['jpeg', 'png'])
    expect(reads).toEqual(['get quotas/c1'])
    await set()
    expect(await source().formatsOf('c1')).toEqual([])
    await setFormats(store, 'c1', null, 'ada')
    expect(await source().formatsOf('c1')).toBeNull()
  })

  it('and its quota leave each other as they are, and what is left of neither is no document', async () => {
    await own(null)
    await set('webp')
    expect(await readLimits(store, 'c1')).toEqual({ quota: { dailyImages: null }, formats: ['webp'] })
    await setQuota(store, 'c1', null, 'ada')
    expect(await readLimits(store, 'c1')).toEqual({ quota: null, formats: ['webp'] })
    await own(3)
    await setFormats(store, 'c1', null, 'ada')
    expect(await readLimits(store, 'c1')).toEqual({ quota: { dailyImages: 3 }, formats: null })
    await setQuota(store, 'c1', null, 'ada')
    expect(await store.get('quotas/c1')).toBeNull()
  })

  it('are some that can be processed; what is no list stops nothing silently', async () => {
    await expect(set('pdf')).rejects.toThrow('the format "pdf": expected one of jpeg, png,')
    for (const formats of ['jpeg', ['jpeg', 'pdf'], null]) {
      await store.transact(async (transaction) => transaction.set('quotas/c1', { formats }))
      await expect(source().formatsOf('c1')).rejects.toThrow('npm run admin -- formats')
    }
  })
})

it('who set a limit is kept where the customer does not read it', async () => {
  await own(7)
  await setFormats(store, 'c1', ['jpeg'], 'grace')
  expect(Object.keys((await store.get('quotas/c1')) ?? {}).sort()).toEqual([
    'customerId',
    'dailyImages',
    'formats',
    'updatedAt',
  ])
  expect(await store.get('quotas/c1/changes/last')).toMatchObject({ customerId: 'c1', updatedBy: 'grace' })
})
