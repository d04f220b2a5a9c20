import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { addressOf, type View, viewOf } from './filters.ts'

/** What the address asks for, and what changes some of it. The browser's history does not grow. */
export function useView(): readonly [View, (changes: Partial<View>) => void] {
  const [address, setAddress] = useSearchParams()
  const view = useMemo(() => viewOf(address), [address])
  const change = useCallback(
    (changes: Partial<View>) => setAddress((before) => addressOf({ ...viewOf(before), ...changes }), { replace: true }),
    [setAddress],
  )
  return [view, change]
}
