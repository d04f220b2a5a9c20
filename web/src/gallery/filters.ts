/** What the page's address asks for. Pure functions. */
import { nameSearchOf } from '../../../functions/src/contract/customer.ts'
import { ACCEPTED_FORMATS } from '../../../functions/src/contract/formats.ts'
import { SOURCES } from '../../../functions/src/contract/names.ts'
import type { ImageFilter } from './images.ts'

export const STATES = ['received', 'processed', 'failed', 'deleted'] as const
const LONGEST_NAME = 100
/** Who types 2026 has typed 0002, 0020 and 0202 before. */
const FIRST_YEAR = 2000
/** Names are found by at least so many characters: see namePartsOf. */
const SHORTEST_SEARCH = 2

/** As the form has it: what does not matter is empty. */
export interface View {
  readonly state: (typeof STATES)[number] | ''
  readonly format: (typeof ACCEPTED_FORMATS)[number] | ''
  readonly source: (typeof SOURCES)[number] | ''
  /** Days, YYYY-MM-DD, in the browser's time zone, both included. */
  readonly from: string
  readonly to: string
  readonly name: string
}

/** Whatever is none asks for nothing. */
export function viewOf(address: URLSearchParams): View {
  const one = <T extends string>(name: string, of: readonly T[]) => of.find((each) => each === address.get(name)) ?? ''
  const day = (name: string) => (isDay(address.get(name) ?? '') ? (address.get(name) ?? '') : '')
  return {
    state: one('state', STATES),
    format: one('format', ACCEPTED_FORMATS),
    source: one('source', SOURCES),
    from: day('from'),
    to: day('to'),
    name: (address.get('name') ?? '').slice(0, LONGEST_NAME).toWellFormed(),
  }
}

/** The other way: only what is asked for, always in the same order. */
export function addressOf(view: View): URLSearchParams {
  const names = ['state', 'format', 'source', 'from', 'to', 'name'] as const
  return new URLSearchParams(names.flatMap((name) => (view[name] === '' ? [] : [[name, view[name]]])))
}

export function filterOf({ state, format, source, from, to, name }: View): ImageFilter {
  const [since, before] = [dayBegins(from, 0), dayBegins(to, 1)]
  return {
    ...(state !== '' && { state }),
    ...(format !== '' && { format }),
    ...(source !== '' && { source }),
    ...(since !== null && { from: since }),
    ...(before !== null && { to: before }),
    ...(isSearch(name) && { name }),
  }
}

/** Whether that finds anything at all: too few letters are no search yet. */
export const isSearch = (name: string) => (nameSearchOf(name)?.part.length ?? 0) >= SHORTEST_SEARCH

export const isFiltered = (view: View) => addressOf(view).size > 0
/** Those besides the search. */
export const filtersIn = (view: View) => addressOf({ ...view, name: '' }).size

export const isDay = (day: string) => dayBegins(day, 0) !== null

/** The first moment of that day, or of as many days later, in the browser's time zone; null: it is no day. */
function dayBegins(day: string, later: number): Date | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)
  if (parts === null) return null
  const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const begins = new Date(year, month - 1, date)
  // Of a date that is none, such as the 30th of February, another one is made.
  if (begins.getMonth() !== month - 1 || begins.getDate() !== date || year < FIRST_YEAR) return null
  return later === 0 ? begins : new Date(year, month - 1, date + later)
}
