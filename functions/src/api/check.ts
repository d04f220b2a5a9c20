/** Checks of what a caller has sent: a value of the type that was asked for, or a RangeError that says what was wrong and what was expected. */
import { CUSTOMER_ID } from '../contract/names.ts'

/** `at`: where the value stands, such as `images[3].customerId`. */
export type Check<T> = (value: unknown, at: string) => T

/** Of a value that is told: it may be anything, and as long as it likes. */
const SHOWN = 80

export function wrong(at: string, expected: string, value: unknown): RangeError {
  const text = value === undefined ? 'nothing' : JSON.stringify(value).toWellFormed()
  return new RangeError(`${at}: expected ${expected}, got ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Fields<T> = { readonly [Name in keyof T]-?: Check<Exclude<T[Name], undefined>> }

/** All of `required`, any of `optional` (null is as absent: the web's SDK sends undefined so), and nothing else. */
export function object<R, O = unknown>(required: Fields<R>, optional?: Fields<O>): Check<R & Partial<O>> {
  const named = { ...required, ...optional } as Readonly<Record<string, Check<unknown>>>
  return (value, at) => {
    if (!isObject(value)) throw wrong(at, 'an object', value)
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(named, name)) {
        throw new RangeError(`${at}: there is no field ${shortened(name)}: expected ${Object.keys(named).join(', ')}`)
      }
    }
    const fields = Object.entries(named).flatMap(([name, check]) => {
      const field = Object.hasOwn(value, name) ? value[name] : undefined
      const isAbsent = (field ?? null) === null && !Object.hasOwn(required, name)
      return isAbsent ? [] : [[name, check(field, `${at}.${name}`)]]
    })
    return Object.fromEntries(fields) as R & Partial<O>
  }
}

const shortened = (name: string) => JSON.stringify(name.slice(0, SHOWN))

/** By what the field `action` says. */
export function byAction<T extends { readonly action: string }>(actions: {
  readonly [Action in T['action']]: Check<Extract<T, { readonly action: Action }>>
}): Check<T> {
  const named: Readonly<Record<string, Check<T>>> = actions
  return (value, at) => {
    const action = isObject(value) && Object.hasOwn(value, 'action') ? value['action'] : undefined
    const check = typeof action === 'string' && Object.hasOwn(named, action) ? named[action] : undefined
    if (check === undefined) throw wrong(`${at}.action`, Object.keys(named).join(' or '), action)
    return check(value, at)
  }
}

export const nullOr =
  <T>(check: Check<T>): Check<T | null> =>
  (value, at) => {
    if (value === undefined) throw wrong(at, 'a value or null', value)
    return value === null ? null : check(value, at)
  }

export const list =
  <T>(check: Check<T>, { most }: { readonly most: number }): Check<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'a list', value)
    if (value.length > most) throw new RangeError(`${at}: expected at most ${most} entries, got ${value.length}`)
    return value.map((each: unknown, i) => check(each, `${at}[${i}]`))
  }

export const oneOf =
  <T extends string>(...values: readonly T[]): Check<T> =>
  (value, at) => {
    const found = values.find((each) => each === value)
    if (found === undefined) throw wrong(at, values.map((each) => JSON.stringify(each)).join(' or '), value)
    return found
  }

/** `expected`: in words, where they say more than the pattern. */
export const matching =
  (pattern: RegExp, expected = `what matches ${pattern.source}`): Check<string> =>
  (value, at) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw wrong(at, expected, value)
    return value
  }

/** In UTF-16 units, as a browser counts. */
export const text =
  ({ most }: { readonly most: number }): Check<string> =>
  (value, at) => {
    if (typeof value !== 'string' || value === '' || value.length > most || !value.isWellFormed()) {
      throw wrong(at, `1 to ${most} characters`, value)
    }
    return value
  }

export const whole =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw wrong(at, `a whole number from ${least} to ${most}`, value)
    }
    return value
  }

export const yesOrNo: Check<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false', value)
  return value
}

/** A day that the calendar has: YYYY-MM-DD. */
export const day: Check<string> = (value, at) => {
  const date = matching(/^\d{4}-\d\d-\d\d$/, 'a day as YYYY-MM-DD')(value, at)
  const time = Date.parse(date)
  // 31 February is parsed, as another day.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) {
    throw wrong(at, 'a day as YYYY-MM-DD', value)
  }
  return date
}

export const customerId = matching(CUSTOMER_ID, `a customer’s id, which matches ${CUSTOMER_ID.source}`)
