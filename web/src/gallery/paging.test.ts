import type { Listener, OnProblem } from '../backend.ts'
import { rangeOf } from '../firebase/image-queries.ts'
import type { Changes } from './changes.ts'
import type { GalleryRecord, Range, RangeRecords } from './images.ts'
import { ImageList, PAGE_RECORDS, WATCHED_PAGES } from './paging.ts'
import { at, record } from './test-records.ts'

/** Records as Firestore has them: whoever watches a range hears of each change in it. */
class Store {
  records: GalleryRecord[] = []
  asked: Range[] = []
  readonly watches = new Set<{ range: Range; listener: Listener<RangeRecords>; onProblem: OnProblem }>()
  /** False: answers come when {@link answer} is called. */
  automatic = true

  readonly watchRange = (range: Range, listener: Listener<RangeRecords>, onProblem: OnProblem) => {
    const watch = { range, listener, onProblem }
    this.asked.push(range)
    this.watches.add(watch)
    if (this.automatic) listener(this.read(range), true)
    return () => this.watches.delete(watch)
  }

  read(range: Range): RangeRecords {
    const { after, until, limit } = range
    const order = (a: Pick<GalleryRecord, 'receivedAt' | 'imageId'>) => `${a.receivedAt.toISOString()} ${a.imageId}`
    const found = this.records
      .toSorted((a, b) => (order(a) < order(b) ? 1 : -1))
      .filter((each) => after === null || order(each) < order(after))
      .filter((each) => until === null || order(each) >= order(until))
    return rangeOf(limit === null ? found : found.slice(0, limit), {}, range)
  }

  change(change: (records: GalleryRecord[]) => GalleryRecord[]): void {
    this.records = change(this.records)
    this.answer()
  }

  answer(current = true): void {
    // Those that are begun meanwhile have their answer already.
    const told = new Set(this.watches)
    for (const watch of told) if (this.watches.has(watch)) watch.listener(this.read(watch.range), current)
  }
}

const pad = (n: number) => String(n).padStart(4, '0')
/** The n-th from the bottom. */
const nth = (n: number, more: Partial<GalleryRecord> = {}) => record(pad(n), { receivedAt: at(n), ...more })
const many = (count: number) => Array.from({ length: count }, (_, i) => nth(i))

function started(count: number) {
  const store = new Store()
  store.records = many(count)
  const list = new ImageList(store.watchRange)
  const happened: Changes[] = []
  const start = () => list.start((changes) => happened.push(changes))
  start()
  const ids = () => list.state().cards.map(({ imageId }) => Number(imageId.replace('image-', '')))
  /** As if somebody scrolled to the end, as often as there is more. */
  const readAll = () => {
    for (let before = -1; before !== ids().length;) {
      before = ids().length
      list.look(before - 10, before - 1, false)
    }
  }
  return { store, list, ids, happened, start, readAll }
}
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)

it('reads a page, and the next one before the viewport comes to its end', () => {
  const { store, list, ids } = started(3 * PAGE_RECORDS)
  expect(ids()).toEqual(down(149, 100))
  list.look(0, 20, false)
  expect(store.asked).toHaveLength(1)
  list.look(10, 30, true)
  expect(ids()).toEqual(down(149, 50))
  list.look(60, 80, false)
  expect(ids()).toEqual(down(149, 0))
  expect(list.state()).toMatchObject({ read: true, current: true, problem: null })
})

it('ends where a page is not full, or has nothing', () => {
  const some = started(PAGE_RECORDS + 1)
  some.readAll()
  expect(some.list.state().ended).toBe(true)
  expect(some.ids()).toHaveLength(PAGE_RECORDS + 1)
  const none = started(0)
  expect(none.list.state()).toEqual({ cards: [], read: true, ended: true, current: true, problem: null })
  const exactly = started(PAGE_RECORDS)
  exactly.readAll()
  expect(exactly.list.state().ended).toBe(true)
})

it('shows what arrives on top, whatever is loaded, and each one once', () => {
  const { store, ids, readAll, happened } = started(3 * PAGE_RECORDS)
  readAll()
  for (let n = 150; n < 150 + 2 * PAGE_RECORDS; n++) store.change((records) => [...records, nth(n)])
  expect(ids()).toEqual(down(249, 0))
  expect(happened).toHaveLength(2 * PAGE_RECORDS)
  expect(happened[0]).toEqual({ arrived: 1, done: 0, failed: 0 })
})

it('reads no page twice as long as nothing comes into it', () => {
  const { store, readAll } = started(3 * PAGE_RECORDS)
  readAll()
  expect(store.asked.filter(({ limit }) => limit === null)).toEqual([])
  // Something comes into the head: it is from now on down to its last place, which does not move.
  store.change((records) => [...records, nth(150)])
  store.change((records) => [...records, nth(151)])
  const wholes = store.asked.filter(({ limit }) => limit === null)
  expect(wholes).toEqual([{ after: null, until: { receivedAt: at(100), imageId: 'image-0100' }, limit: null }])
})

it('keeps what is between two pages when a record in the middle becomes one of the list', () => {
  const { store, ids, readAll } = started(3 * PAGE_RECORDS)
  store.change((records) => records.filter(({ imageId }) => imageId !== 'image-0080'))
  readAll()
  store.change((records) => [...records, nth(80)])
  expect(ids()).toEqual(down(149, 0))
})

it('shows no record twice when one above it has gone', () => {
  const { store, ids, readAll } = started(3 * PAGE_RECORDS)
  readAll()
  store.change((records) => records.filter(({ imageId }) => imageId !== 'image-0120'))
  expect(ids()).toEqual(down(149, 0).filter((n) => n !== 120))
})

it('goes on below pages whose records were all deleted', () => {
  const store = new Store()
  store.records = many(4 * PAGE_RECORDS).map((each, i) => (i >= PAGE_RECORDS ? { ...each, deletedAt: at(0) } : each))
  const list = new ImageList(store.watchRange)
  list.start(() => {})
  expect(list.state().cards).toHaveLength(PAGE_RECORDS)
})

it('lets deleted ones vanish, also before anybody tells', () => {
  const { store, list, ids } = started(10)
  store.change((records) => records.map((each, i) => (i === 9 ? { ...each, deletedAt: at(0) } : each)))
  expect(ids()).toEqual(down(8, 0))
  list.drop(['image-0008', 'image-0003'])
  expect(ids()).toEqual([7, 6, 5, 4, 2, 1, 0])
})

it('watches the head and what is near the viewport, and what comes near again', () => {
  const { store, list, readAll } = started(20 * PAGE_RECORDS)
  readAll()
  expect(store.watches.size).toBe(WATCHED_PAGES)
  const watched = () => [...store.watches].map(({ range: { after } }) => after?.receivedAt.getTime() ?? null)
  expect(watched()).toContain(null)
  // Nothing is known of what happens far away.
  store.change((records) => records.map((each, i) => (i === 900 ? { ...each, fileName: 'renamed.png' } : each)))
  const name = () => list.state().cards.find(({ imageId }) => imageId === 'image-0900')?.fileName
  expect(name()).toBe('hills.png')
  list.look(95, 105, true)
  expect(name()).toBe('hills.png')
  list.look(95, 105, false)
  expect(name()).toBe('renamed.png')
  // The head is one of those near.
  expect(store.watches.size).toBe(WATCHED_PAGES - 1)
  expect(list.state().cards).toHaveLength(20 * PAGE_RECORDS)
})

it('tells of images that end while somebody looks, and leaves the others the same objects', () => {
  const { store, list, happened } = started(3)
  const working = { state: 'received', job: null } as const
  store.change(() => [nth(0), nth(1, working), nth(2, working)])
  const [, , first] = list.state().cards
  const error = { code: 'corrupt', message: 'It is damaged.' } as const
  store.change(() => [nth(0), nth(1), nth(2, { state: 'failed', error })])
  expect(happened).toEqual([{ arrived: 0, done: 1, failed: 1 }])
  expect(list.state().cards[2]).toBe(first)
})

it('does not tell anything where nothing has changed', () => {
  const { store, list } = started(3)
  let told = 0
  list.subscribe(() => told++)
  const before = list.state()
  store.answer()
  expect(list.state()).toBe(before)
  expect(told).toBe(0)
})

it('keeps what it has while there is no connection, and says so', () => {
  const { store, list, ids } = started(10)
  store.records = many(4)
  store.answer(false)
  expect(list.state().current).toBe(false)
  expect(ids()).toEqual(down(9, 0))
  store.answer()
  expect(list.state().current).toBe(true)
  expect(ids()).toEqual(down(3, 0))
})

it('takes nothing for an answer that may be a part of it', () => {
  const store = new Store()
  store.records = many(PAGE_RECORDS)
  store.automatic = false
  const list = new ImageList(store.watchRange)
  list.start(() => {})
  store.answer(false)
  expect(list.state()).toMatchObject({ read: false, ended: false, current: false })
  expect(store.asked).toHaveLength(1)
})

it('says what has ended a page, keeps the others, and begins it anew when asked', () => {
  const { store, list, ids } = started(2 * PAGE_RECORDS)
  store.automatic = false
  list.look(40, 49, false)
  const [, below] = [...store.watches]
  if (below === undefined) throw new Error('no second page is watched')
  store.watches.delete(below)
  below.onProblem('unavailable')
  expect(list.state()).toMatchObject({ problem: 'unavailable', ended: false })
  expect(ids()).toEqual(down(99, 50))
  store.change((records) => [...records, nth(100)])
  store.answer()
  expect(ids()).toEqual(down(100, 50))
  // Not by itself, for ever.
  expect(store.watches.size).toBe(1)
  store.automatic = true
  list.restart()
  expect(list.state().problem).toBeNull()
  expect(ids()).toEqual(down(100, 0))
})

it('watches nothing once it is stopped, and goes on where it was', () => {
  const { store, list, ids, readAll, start } = started(3 * PAGE_RECORDS)
  readAll()
  list.stop()
  expect(store.watches.size).toBe(0)
  store.change((records) => [...records, nth(150)])
  list.look(0, 9, false)
  expect(ids()).toEqual(down(149, 0))
  start()
  expect(ids()).toEqual(down(150, 0))
})

it('keeps no findings, which no list shows', () => {
  const { store, list } = started(0)
  store.change(() => [nth(1, { findings: { thumbhash: { base64: 'AQID' }, text: 'x'.repeat(1000) } })])
  const [card] = list.state().cards
  expect(card?.findings).toEqual({})
  expect(card?.placeholder).toBe('AQID')
})
