import { useEffect, useState } from 'react'

/** Whether it has been so for some time: nobody has to read of what is over at once, or is only being made. */
export function useLasting(is: boolean, milliseconds: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!is) return
    const timer = setTimeout(() => setLasts(true), milliseconds)
    return () => {
      clearTimeout(timer)
      setLasts(false)
    }
  }, [is, milliseconds])
  return is && lasts
}
