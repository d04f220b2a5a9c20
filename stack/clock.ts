/** What Cloud Scheduler is in the cloud: posts the scheduled functions, each again and again, never twice at once. */
export interface Clock {
  /** Resolves once nothing is under way; what takes longer than its grace is called off. */
  stop(): Promise<void>
}

export interface Schedule {
  readonly name: string
  readonly everySeconds: number
  /** How much longer a run may take that is under way when the clock stops. */
  readonly graceSeconds: number
  readonly run: (calledOff: AbortSignal) => Promise<void>
}

/** A run that fails is logged; the next one comes all the same. */
export function startClock(schedules: readonly Schedule[], log: (line: string) => void): Clock {
  const end = new AbortController()
  const loops = schedules.map(async ({ name, everySeconds, graceSeconds, run }) => {
    const callOff = new AbortController()
    let grace: NodeJS.Timeout | undefined
    end.signal.addEventListener('abort', () => (grace = setTimeout(() => callOff.abort(), graceSeconds * 1000)))
    while (await waited(everySeconds * 1000, end.signal)) {
      const started = performance.now()
      try {
        await run(callOff.signal)
        log(`${name} ran in ${Math.round(performance.now() - started)} ms`)
      } catch (error) {
        if (!end.signal.aborted) log(`${name} failed: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    clearTimeout(grace)
  })
  return {
    stop: async () => {
      end.abort()
      await Promise.all(loops)
    },
  }
}

/** False where it was called off. */
function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', off)
      resolve(true)
    }, milliseconds)
    const off = () => {
      clearTimeout(timer)
      resolve(false)
    }
    signal.addEventListener('abort', off, { once: true })
  })
}
