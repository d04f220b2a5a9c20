/** Signing in, up, and a new password are one page in three modes: `?mode=` of its address, so that the browser's buttons work. */
import { navigate, useSearch } from 'wouter/use-browser-location'

export const MODES = ['sign-in', 'sign-up', 'reset'] as const
export type Mode = (typeof MODES)[number]

/** `search`: of an address. Signing in is what there is without a mode, or with one that is none. */
export const modeOf = (search: string): Mode =>
  MODES.find((mode) => mode === new URLSearchParams(search).get('mode')) ?? 'sign-in'

/** The same address in that mode; what else it says stays, for whoever has signed in. */
export function withMode(search: string, mode: Mode): string {
  const parameters = new URLSearchParams(search)
  if (mode === 'sign-in') parameters.delete('mode')
  else parameters.set('mode', mode)
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

export const useMode = () => modeOf(useSearch())
export const go = (mode: Mode, replace = false) =>
  navigate(`${location.pathname}${withMode(location.search, mode)}`, { replace })
