import { useEffect, useState } from 'react'
import { plusDays, startOf, todayIn } from './days.ts'

/** The day it is in a time zone, also after midnight on a page that was left open. */
export function useToday(zone: string): string {
  const [today, setToday] = useState(() => todayIn(zone))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    // A timer stands still while the computer sleeps, and may be early: the clock says what day it is.
    const look = () => {
      clearTimeout(timer)
      const now = todayIn(zone)
      setToday(now)
      timer = setTimeout(look, Math.max(1000, startOf(plusDays(now, 1), zone).getTime() - Date.now()))
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [zone])
  return today
}
