/** What documents say, for the admin's page. */
import { addShares, NO_SHARE, type Share } from '../../../functions/src/contract/totals.ts'
import type { Change, Listener, OnProblem, OwnLimits, Pause, Recounted, Stop } from '../admin/backend.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Of `shares/` documents: the customers' shares, summed. Each text is {@link Shares.customers}. */
export function sumShares(texts: readonly string[]): ReadonlyMap<string, Share> {
  const sums = new Map<string, Share>()
  for (const text of texts) {
    for (const [customerId, share] of Object.entries(JSON.parse(text) as Readonly<Record<string, Share>>)) {
      sums.set(customerId, addShares(sums.get(customerId) ?? NO_SHARE, share))
    }
  }
  return sums
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

/** As functions/src/intake/pause.ts takes it: also a switch that was set by hand, and not whole. */
export const pauseOf = (document: Fields | null): Pause | null =>
  document?.['paused'] === true
    ? {
        reason: textOf(document['reason']),
        by: textOf(document['by']),
        since: document['since'] instanceof Date ? document['since'] : null,
      }
    : null

/** Before the first recount has ended, the document has other things. */
export const recountedOf = (document: Fields | null): Recounted | null =>
  document?.['finishedAt'] instanceof Date ? (document as unknown as Recounted) : null

const changeOf = (document: Fields | null): Change | null =>
  document === null ? null : { by: textOf(document['updatedBy']), at: document['updatedAt'] as Date }

/** As functions/src/intake/own-limits.ts takes it: a field that is absent is none of its own. */
export function limitsOf(quota: Fields | null, changed: Fields | null, profiles: Fields | null): OwnLimits {
  const dailyImages = quota?.['dailyImages'] as number | null | undefined
  return {
    quota: dailyImages === undefined ? null : { dailyImages },
    formats: (quota?.['formats'] as readonly string[] | undefined) ?? null,
    profiles: (profiles?.['content'] as string | undefined) ?? null,
    changed: changeOf(changed),
    profilesChanged: changeOf(profiles),
  }
}

type Watches<Values extends readonly unknown[]> = {
  readonly [Place in keyof Values]: (listener: Listener<Values[Place]>, onProblem: OnProblem) => Stop
}

/** Several as one: from when each has a value, with each change of any; current where all are. With the first problem all end. */
export function together<Values extends readonly unknown[], T>(
  watches: Watches<Values>,
  value: (...values: Values) => T,
  listener: Listener<T>,
  onProblem: OnProblem,
): Stop {
  const values: { readonly value: unknown; readonly current: boolean }[] = []
  const known = new Set<number>()
  const stops: Stop[] = []
  const stop = () => {
    for (const each of stops) each()
  }
  watches.forEach((watch, place) => {
    stops.push(
      watch(
        (newest: unknown, current) => {
          values[place] = { value: newest, current }
          if (known.add(place).size < watches.length) return
          listener(
            value(...(values.map((each) => each.value) as unknown as Values)),
            values.every((each) => each.current),
          )
        },
        (code) => {
          stop()
          onProblem(code)
        },
      ),
    )
  })
  return stop
}
