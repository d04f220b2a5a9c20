import { useSearchParams } from 'wouter'

/** The address's parameters, and what changes some of them: null takes one away, the others stay. The browser's history does not grow. */
export function useFilters(): [URLSearchParams, (changes: Readonly<Record<string, string | null>>) => void] {
  const [filters, setFilters] = useSearchParams()
  const change = (changes: Readonly<Record<string, string | null>>) =>
    setFilters(
      (before) => {
        const after = new URLSearchParams(before)
        for (const [name, value] of Object.entries(changes)) {
          if (value === null) after.delete(name)
          else after.set(name, value)
        }
        return after
      },
      { replace: true },
    )
  return [filters, change]
}
