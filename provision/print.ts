import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from './engine.ts'
import type { Change } from './resource.ts'

/** Longer values are taken apart, one item to a line. */
const SHORT = 90

/** The plan as a diff: what is new with `+`, what changes with `~`, what can't be with `!`. */
export function printedPlan(outcomes: readonly Outcome[]): string {
  return outcomes
    .filter(({ result }) => result !== 'same')
    .map(({ resource, difference, problem }) => {
      if (difference === null) return `! ${resource.name}\n    ${problem}`
      const isNew = difference.kind === 'create'
      const lines = difference.changes.flatMap((change) => printedChange(change, isNew))
      return [`${isNew ? '+' : '~'} ${resource.name}`, ...lines.map((line) => `    ${line}`)].join('\n')
    })
    .join('\n')
}

/** One line once a resource is done. */
export function printedOutcome({ resource, result, problem }: Outcome): string {
  return problem === null ? `${resource.name}: ${result}` : `${resource.name}: ${result}, ${problem}`
}

function printedChange({ field, from, to, why }: Change, isNew: boolean): readonly string[] {
  const reason = why === undefined ? '' : `   (${why})`
  const whole = isNew && from === undefined ? `${field}: ${value(to)}` : `${field}: ${value(from)} -> ${value(to)}`
  if (whole.length <= SHORT || (!isPlural(from) && !isPlural(to))) return [`${whole}${reason}`]
  const before = items(from)
  const after = items(to)
  const has = (list: readonly unknown[], item: unknown) => list.some((each) => isDeepStrictEqual(each, item))
  return [
    `${field}:${reason}`,
    ...before.filter((item) => !has(after, item)).map((item) => `  - ${value(item)}`),
    ...after.filter((item) => !has(before, item)).map((item) => `  + ${value(item)}`),
  ]
}

const isPlural = (each: unknown): each is object => typeof each === 'object' && each !== null

function items(each: unknown): readonly unknown[] {
  if (Array.isArray(each)) return each
  if (isPlural(each)) return Object.entries(each).map(([name, inner]) => ({ [name]: inner }))
  return each === undefined ? [] : [each]
}

function value(each: unknown): string {
  if (each === undefined) return '(none)'
  return typeof each === 'string' ? each : JSON.stringify(each)
}
