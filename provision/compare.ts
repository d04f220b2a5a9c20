import { isDeepStrictEqual } from 'node:util'
import type { Change } from './resource.ts'

export type Json = Readonly<Record<string, unknown>>

/**
 * Each field of `wanted` that `there` has not: objects are gone into, lists and everything else are compared as a whole. Fields that only `there` has are not ours.
 * `there` null: all of `wanted`.
 */
export function changesBetween(there: Json | null, wanted: Json, path = ''): readonly Change[] {
  return Object.entries(wanted).flatMap(([name, to]) => {
    const field = path === '' ? name : `${path}.${name}`
    const from = there?.[name]
    if (isDeepStrictEqual(from, to)) return []
    if (isObject(to) && Object.keys(to).length > 0) return changesBetween(isObject(from) ? from : null, to, field)
    return [{ field, from, to }]
  })
}

/** What brings about `changes`: the body of a request that changes no more than it must. */
export function onlyChanged(changes: readonly Change[]): Json {
  const body: Record<string, unknown> = {}
  for (const { field, to } of changes) {
    const names = field.split('.')
    const last = names.pop() ?? ''
    let inner = body
    for (const name of names) {
      if (!isObject(inner[name])) inner[name] = {}
      inner = inner[name] as Record<string, unknown>
    }
    inner[last] = to
  }
  return body
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
