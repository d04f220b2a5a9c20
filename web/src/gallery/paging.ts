/**
 * A list of any length that is live: new images come on top as they arrive, older ones are read as they are scrolled to, and what is near the viewport
 * follows every change. Knows neither the SDK nor the page.
 */
import type { Listener, OnProblem, Stop } from '../backend.ts'
import { type Card, cardOf } from './cards.ts'
import { add, type Changes, changesOf, NO_CHANGES } from './changes.ts'
import type { GalleryRecord, Place, Range, RangeRecords } from './images.ts'
import { isSame } from './same.ts'

/** Records to a page. */
export const PAGE_RECORDS = 50
/** The next page is read when no more than so many are left below the viewport. */
const READ_AHEAD = 25
/** How many pages are watched at a time, the head included. The others keep what was seen last, and are watched again when they come near. */
export const WATCHED_PAGES = 6

export type WatchRange = (range: Range, listener: Listener<RangeRecords>, onProblem: OnProblem) => Stop

export interface ListState {
  readonly cards: readonly Card[]
  /** Whether the head is known, so that no cards means that there are none. */
  readonly read: boolean
  /** Whether nothing is below what is loaded. */
  readonly ended: boolean
  /** False without a connection: what is here may be old. */
  readonly current: boolean
  /** The code of the error that ended a listener, or null: then `restart` begins it anew. */
  readonly problem: string | null
}

interface Watch {
  stop: Stop | null
  /** It was asked for by number: something that comes into it pushes the last ones out. */
  readonly limited: boolean
}

interface Page {
  readonly after: Place | null
  /** Null: it is the last one, and ends after a number of records. Set once there is a page below it, and never moved. */
  until: Place | null
  cards: readonly Card[]
  last: Place | null
  full: boolean
  read: boolean
  current: boolean
  problem: string | null
  watch: Watch | null
}

const pageAfter = (after: Place | null): Page => ({
  after,
  until: null,
  cards: [],
  last: null,
  full: false,
  read: false,
  current: true,
  problem: null,
  watch: null,
})

/** Lists are in the order of arrival, the newest first. */
const isAbove = (a: Place, b: Place) =>
  a.receivedAt.getTime() === b.receivedAt.getTime() ? a.imageId > b.imageId : a.receivedAt > b.receivedAt

/** Findings may be 64 KiB of a record, and no list shows them. */
const listCard = (record: GalleryRecord): Card => ({ ...cardOf(record), findings: {} })

const EMPTY: ListState = { cards: [], read: false, ended: false, current: true, problem: null }

export class ImageList {
  readonly #watchRange: WatchRange
  readonly #pages: Page[] = [pageAfter(null)]
  readonly #listeners = new Set<() => void>()
  #state = EMPTY
  #running = false
  #settling = false
  /** Indexes of the cards in the viewport. */
  #first = 0
  #last = 0
  #moving = false
  #noted = NO_CHANGES
  #onChanges: (changes: Changes) => void = () => {}

  constructor(watchRange: WatchRange) {
    this.#watchRange = watchRange
  }

  readonly subscribe = (listener: () => void): Stop => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly state = (): ListState => this.#state

  /** `onChanges`: what happened to images that were shown, and which came on top. */
  start(onChanges: (changes: Changes) => void): void {
    this.#running = true
    this.#onChanges = onChanges
    this.#settle()
  }

  /** Nothing is watched any more; what is known stays, for another start. */
  stop(): void {
    this.#running = false
    for (const page of this.#pages) close(page)
  }

  /**
   * The cards from `first` to `last` (indexes, both included) are in the viewport. While it is moving, nothing is watched again: what is
   * scrolled past is not read once more.
   */
  look(first: number, last: number, moving: boolean): void {
    if (first === this.#first && last === this.#last && moving === this.#moving) return
    this.#first = first
    this.#last = last
    this.#moving = moving
    this.#settle()
  }

  /** They are known to be gone before the listeners tell, and where nothing listens. */
  drop(imageIds: readonly string[]): void {
    const gone = new Set(imageIds)
    for (const page of this.#pages) page.cards = page.cards.filter(({ imageId }) => !gone.has(imageId))
    this.#settle()
  }

  /** Begins anew what has failed. */
  restart(): void {
    for (const page of this.#pages) page.problem = null
    this.#settle()
  }

  /** Watches what is near and nothing else, reads on where the end is near, and tells. */
  #settle(): void {
    // A listener may be called while its page is being opened.
    if (this.#settling) return
    this.#settling = true
    if (this.#running) {
      do {
        const near = this.#near()
        this.#pages.forEach((page, i) => {
          if (!near.has(i)) close(page)
          else if (page.watch === null && page.problem === null && !(this.#moving && page.read)) this.#open(page)
        })
      } while (this.#grow())
    }
    this.#settling = false
    this.#tell()
  }

  /** Indexes of the pages to watch: the head, those around the middle of the viewport, and one that is being read. */
  #near(): ReadonlySet<number> {
    const at = this.#pageOf((this.#first + this.#last) / 2)
    const count = this.#pages.length
    const begin = Math.max(0, Math.min(at - Math.floor((WATCHED_PAGES - 1) / 2), count - (WATCHED_PAGES - 1)))
    const window = Array.from({ length: WATCHED_PAGES - 1 }, (_, i) => begin + i)
    const reading = this.#pages.at(-1)?.read === false ? [count - 1] : []
    return new Set([0, ...window.filter((i) => i < count), ...reading])
  }

  #pageOf(index: number): number {
    let below = 0
    const found = this.#pages.findIndex(({ cards }) => index < (below += cards.length))
    return found === -1 ? this.#pages.length - 1 : found
  }

  /** Adds a page where the last one is known to be full and the viewport is near its end. */
  #grow(): boolean {
    const bottom = this.#pages.at(-1)
    const count = this.#pages.reduce((sum, { cards }) => sum + cards.length, 0)
    if (bottom === undefined || !bottom.read || !bottom.full || bottom.problem !== null) return false
    if (bottom.last === null || this.#last + READ_AHEAD < count) return false
    bottom.until = bottom.last
    this.#pages.push(pageAfter(bottom.last))
    return true
  }

  #open(page: Page): void {
    const limited = page.until === null
    const watch: Watch = { stop: null, limited }
    page.watch = watch
    const stop = this.#watchRange(
      { after: page.after, until: page.until, limit: limited ? PAGE_RECORDS : null },
      (found, current) => {
        if (page.watch !== watch) return
        this.#take(page, watch, found, current)
        this.#settle()
      },
      (code) => {
        if (page.watch !== watch) return
        page.watch = null
        page.problem = code
        this.#settle()
      },
    )
    if (page.watch === watch) watch.stop = stop
    else stop()
  }

  #take(page: Page, watch: Watch, found: RangeRecords, current: boolean): void {
    page.current = current
    // Without a connection the SDK knows no more than it told before, and at first perhaps a part alone.
    if (!current && (page.read || found.records.length === 0)) return
    const { until } = page
    if (until !== null && watch.limited && found.full && found.last !== null && isAbove(found.last, until)) {
      // Something came in and pushed out what the page below does not have either: from now on by its places.
      close(page)
      this.#open(page)
      return
    }
    const records = until === null ? found.records : found.records.filter((each) => !isAbove(until, each))
    const known = new Map(page.cards.map((card) => [card.imageId, card]))
    const cards = records.map((record) => {
      const card = listCard(record)
      const before = known.get(card.imageId)
      // What has not changed is the same object, so that it is not drawn again.
      return before !== undefined && isSame(before, card) ? before : card
    })
    if (page.read) this.#noted = add(this.#noted, changesOf(page.cards, cards, page.after === null))
    page.cards = cards
    page.read ||= current
    if (until === null) {
      page.last = found.last
      page.full = found.full
    }
  }

  #tell(): void {
    const pages = this.#pages
    const bottom = pages.at(-1)
    const cards = pages.flatMap((page) => page.cards)
    const before = this.#state
    const state: ListState = {
      cards:
        cards.length === before.cards.length && cards.every((card, i) => card === before.cards[i])
          ? before.cards
          : cards,
      read: pages[0]?.read ?? false,
      ended: bottom !== undefined && bottom.read && !bottom.full,
      current: pages.every(({ watch, current }) => watch === null || current),
      problem: pages.find(({ problem }) => problem !== null)?.problem ?? null,
    }
    const noted = this.#noted
    this.#noted = NO_CHANGES
    if ((Object.keys(state) as (keyof ListState)[]).some((name) => state[name] !== before[name])) {
      this.#state = state
      for (const listener of this.#listeners) listener()
    }
    if (noted !== NO_CHANGES) this.#onChanges(noted)
  }
}

function close(page: Page): void {
  const { watch } = page
  page.watch = null
  page.current = true
  watch?.stop?.()
}
