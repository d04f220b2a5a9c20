/** What each callable of the admin's page takes, field by field, and what of it stands in `audit/`. */
import {
  OPERATION_ID,
  type AdminCall,
  type AdminCalls,
  type FailureFilter,
  type HealthRequest,
  type LetterFilter,
  type LettersRequest,
  type SettingsRequest,
} from '../contract/admin.ts'
import { SENDABLE_FORMATS } from '../contract/formats.ts'
import { SOURCES } from '../contract/names.ts'
import { ERROR_CODES } from '../contract/outcomes.ts'
import {
  byAction,
  customerId,
  day,
  list,
  matching,
  nullOr,
  object,
  oneOf,
  text,
  whole,
  wrong,
  yesOrNo,
  type Check,
} from './check.ts'

type Request<Name extends AdminCall> = AdminCalls[Name][0]

/** Images that are named one by one in a call. */
const MOST_IMAGES = 1000
/** Dead letters that are shown at once. */
const MOST_LETTERS = 500
/** Bytes of JSON: a profile is written by hand. */
const MOST_PROFILES = 64 * 1024

const operation = matching(OPERATION_ID, 'an operation’s name: {ISO time}~{8 to 32 hexadecimal digits}')
const imageId = matching(/^[0-9a-f]{40}$/, 'an image’s id: 40 hexadecimal digits')

const failures = object<unknown, FailureFilter>(
  {},
  { customerId, reason: oneOf(...ERROR_CODES), source: oneOf(...SOURCES), from: day, to: day },
)
const images = list(object({ customerId, imageId }), { most: MOST_IMAGES })

const letters = object<unknown, LetterFilter>(
  {},
  {
    reason: text({ most: 100 }),
    customer: text({ most: 300 }),
    from: day,
    to: day,
    at: object({ partition: whole(0), offset: whole(0) }),
  },
)

const profiles: Check<unknown> = (value, at) => {
  if (value === undefined) throw wrong(at, 'profiles, or null', value)
  const { length } = JSON.stringify(value)
  if (length > MOST_PROFILES) {
    throw new RangeError(`${at}: expected at most ${MOST_PROFILES} characters of JSON, got ${length}`)
  }
  return value
}

const action = <Action extends string>(name: Action) => oneOf(name)

export const REQUESTS: { readonly [Name in AdminCall]: Check<Request<Name>> } = {
  adminSettings: byAction<SettingsRequest>({
    quota: object({
      action: action('quota'),
      customerId,
      quota: nullOr(object({ dailyImages: nullOr(whole(0)) })),
    }),
    formats: object({
      action: action('formats'),
      customerId,
      formats: nullOr(list(oneOf(...SENDABLE_FORMATS), { most: SENDABLE_FORMATS.length })),
    }),
    profiles: object({ action: action('profiles'), customerId, profiles }),
    pause: object({ action: action('pause'), reason: text({ most: 500 }) }),
    resume: object({ action: action('resume') }),
  }),
  adminReplay: object(
    {
      images: (value, at) => (Array.isArray(value) ? images(value, at) : failures(value, at)),
      start: yesOrNo,
      operation,
    },
    { after: text({ most: 2000 }) },
  ),
  adminLetters: byAction<LettersRequest>({
    list: object({ action: action('list'), filter: letters, limit: whole(1, MOST_LETTERS) }),
    replay: object({ action: action('replay'), filter: letters, start: yesOrNo, operation }),
  }),
  adminExport: object({ operation }),
  adminHealth: byAction<HealthRequest>({
    count: object({ action: action('count'), from: day, to: day, operation }),
    retention: object({ action: action('retention') }),
  }),
}

/** What is kept of a call that changes something. */
export interface Kept {
  readonly arguments: readonly string[]
  readonly operation?: string
}

/** Null: it changes nothing. */
export const KEPT: { readonly [Name in AdminCall]: (request: Request<Name>) => Kept | null } = {
  adminSettings: (request) => ({ arguments: argumentsOf(request) }),
  adminReplay: ({ start, operation: name, ...request }) => (start ? kept(name, request) : null),
  adminLetters: (request) => {
    if (request.action === 'list' || !request.start) return null
    const { operation: name, action: what, filter } = request
    return kept(name, { action: what, ...filter })
  },
  adminExport: ({ operation: name }) => kept(name, {}),
  adminHealth: (request) => {
    if (request.action === 'retention') return null
    const { operation: name, ...rest } = request
    return kept(name, rest)
  },
}

const kept = (name: string, request: object): Kept => ({ operation: name, arguments: argumentsOf(request) })

/** Of one of them: an entry is read by people, and must not grow with a selection. */
const MOST_KEPT = 2000

/** `name=value`, as of a command's options. */
const argumentsOf = (request: object): readonly string[] =>
  Object.entries(request as Readonly<Record<string, unknown>>).map(([name, value]) => {
    const said = typeof value === 'string' ? value : JSON.stringify(value)
    // Not its beginning: erasing a customer must find its id whole.
    return `${name}=${said.length > MOST_KEPT ? `(${said.length} characters)` : said}`
  })
