/** Links by which whoever has one sees one result. */
import { LINK_ADDRESS, SHARE_DAYS, type ShareDays, type ShareLink } from '../../../functions/src/contract/customer.ts'
import { DAY_MS, HOUR_MS } from './expiry.ts'

export type LinkState = 'open' | 'expired' | 'revoked'

export function linkStateOf(
  { expiresAt, revokedAt }: Pick<ShareLink<Date>, 'expiresAt' | 'revokedAt'>,
  now: Date,
): LinkState {
  if (revokedAt !== null) return 'revoked'
  return expiresAt.getTime() <= now.getTime() ? 'expired' : 'open'
}

/** The token is the server's; whatever it were, it stays a part of the path. */
export const linkAddress = (origin: string, token: string) => `${origin}${LINK_ADDRESS}${encodeURIComponent(token)}`

export interface ShareChoice {
  readonly days: ShareDays
  readonly until: Date
  /** It would last longer, but the result goes. */
  readonly cut: boolean
}

/** Results that go sooner are not shared: the server refuses. */
const LEAST_MS = HOUR_MS

/** For how long a link may be made: one choice at most that the results' end cuts short. */
export function shareChoices(availableUntil: Date | null, now: Date): readonly ShareChoice[] {
  const left = availableUntil === null ? 0 : availableUntil.getTime() - now.getTime()
  if (left <= LEAST_MS) return []
  const whole = SHARE_DAYS.filter((days) => days * DAY_MS <= left)
  const next = SHARE_DAYS[whole.length]
  const at = (ms: number) => new Date(now.getTime() + ms)
  return [
    ...whole.map((days) => ({ days, until: at(days * DAY_MS), cut: false })),
    ...(next !== undefined && left > (whole.at(-1) ?? 0) * DAY_MS ? [{ days: next, until: at(left), cut: true }] : []),
  ]
}
