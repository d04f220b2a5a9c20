import { useEffect, useState } from 'react'

/** What is so may no longer be so a moment later, though nothing has been told. Milliseconds. */
const EVERY_MS = 10_000

/** The time, some seconds old at most. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
