/** The two ways to run the bridge: until nothing is left, as a function, and for good, as a worker. */
import type { Log } from '../intake/log.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { Bridge, NOTHING, type BridgeCounts, type BridgeDeps } from './bridge.ts'
import { KafkaFault } from './kafka.ts'
import { Reporter } from './reporter.ts'
import { lagOf } from './status.ts'

export interface BridgeRun {
  readonly deps: BridgeDeps
  readonly store: DocumentStore
  readonly log: Log
  /** Unlike that of any other run at the same time. */
  readonly member: string
  /** Whether processing is paused: then nothing is taken, and records wait in their topic. */
  readonly paused: () => Promise<boolean>
  /** Answers what has ended since it was last called. Throws what Firestore or Kafka throw. */
  readonly publishResults: (signal: AbortSignal) => Promise<void>
}

/** Milliseconds. */
const LOOK_EVERY = 500
const PAUSED_LOOK_EVERY = 10_000
const RESULTS_EVERY = 5000
const FIRST_RESTART = 1000
const LONGEST_RESTART = 30_000
/** What only a person can mend is tried so seldom that it hurts nobody. */
const LASTING_RESTART = 60_000
/** How long a worker that ends waits for what it still has to say. */
const LAST_WORDS = 1000

export interface Drained {
  /** `idle`: nothing was left, or nothing that can be read. */
  readonly outcome: 'idle' | 'out-of-time' | 'paused'
  readonly counts: BridgeCounts
}

const sum = (a: BridgeCounts, b: BridgeCounts): BridgeCounts => ({
  landed: a.landed + b.landed,
  deadLetters: a.deadLetters + b.deadLetters,
  dropped: a.dropped + b.dropped,
  bytes: a.bytes + b.bytes,
  faults: a.faults + b.faults,
})

/**
 * One run of the function: takes what is there until nothing is left or the time is up. Runs may overlap: they share the partitions. Throws a
 * {@link KafkaFault}, after it was written to `bridges/`.
 */
export async function drain(run: BridgeRun, { milliseconds }: { readonly milliseconds: number }): Promise<Drained> {
  const { kafka, settings, clock, sleep } = run.deps
  const { topic, group } = settings
  const reporter = new Reporter(run, 'function')
  const until = clock() + milliseconds
  let bridge: Bridge | null = null
  try {
    // Joining a group takes seconds and disturbs those that are in it: not where there is nothing to take.
    const before = await kafka.offsets(topic, group)
    let outcome: Drained['outcome'] = (await run.paused()) ? 'paused' : 'idle'
    if (outcome === 'idle' && before.some((one) => lagOf(one) > 0)) {
      reporter.tell('starting', null, { offsets: before })
      bridge = await Bridge.start(run.deps)
      outcome = await worked(bridge)
      await bridge.stop()
    }
    reporter.tell('ended', bridge)
    await reporter.told
    await run.publishResults(AbortSignal.timeout(Math.ceil(Math.max(1000, until - clock()))))
    return { outcome, counts: bridge?.counts ?? NOTHING }
  } catch (error) {
    await bridge?.stop()
    reporter.tell('failing', bridge, { error })
    await reporter.told
    throw error
  }

  async function worked(running: Bridge): Promise<Drained['outcome']> {
    const failed = failureOf(running)
    let arrived = -1
    for (;;) {
      await sleep(LOOK_EVERY, failed)
      failed.throwIfAborted()
      if (clock() >= until) return 'out-of-time'
      if (await run.paused()) return 'paused'
      reporter.tellNowAndThen('running', running)
      const still = running.open === 0 && running.arrived === arrived
      arrived = running.arrived
      if (!still) continue
      const own = (await kafka.offsets(topic, group)).filter(
        ({ partition }) => running.partitions.includes(partition) && !running.undecodable.has(partition),
      )
      if (own.every((one) => lagOf(one) === 0)) return 'idle'
    }
  }
}

/**
 * Aborted when the bridge's consumer has ended by itself: its fault is the reason. A signal and not the promise, which whoever looks at it
 * every now and then would fill up: a race leaves something behind at each promise that stays open.
 */
function failureOf(bridge: Bridge): AbortSignal {
  const failed = new AbortController()
  void bridge.failed.then((fault) => failed.abort(fault))
  return failed.signal
}

export interface WorkerHealth {
  readonly ok: boolean
  readonly state: 'starting' | 'running' | 'paused' | 'failing' | 'stopped'
  readonly problem: string | null
  readonly partitions: readonly number[]
  readonly open: number
  readonly counts: BridgeCounts
}

/** Runs the bridge until `signal` is aborted, and comes back from whatever goes wrong, ever more slowly. Never rejects. */
export class Worker {
  readonly #run: BridgeRun
  readonly #reporter: Reporter
  #bridge: Bridge | null = null
  /** The one that was there before. */
  #gone: Bridge | null = null
  /** What earlier connections have done. */
  #before: BridgeCounts = NOTHING
  #state: WorkerHealth['state'] = 'starting'
  #problem: string | null = null

  constructor(run: BridgeRun) {
    this.#run = run
    this.#reporter = new Reporter(run, 'worker')
  }

  get health(): WorkerHealth {
    const bridge = this.#bridge
    return {
      ok: ['starting', 'running', 'paused'].includes(this.#state),
      state: this.#state,
      problem: this.#problem,
      partitions: bridge?.partitions ?? [],
      open: bridge?.open ?? 0,
      counts: sum(this.#before, bridge?.counts ?? NOTHING),
    }
  }

  async work(signal: AbortSignal): Promise<void> {
    const results = this.#answer(signal)
    let failures = 0
    while (!signal.aborted) {
      const started = this.#run.deps.clock()
      try {
        if (await this.#run.paused()) await this.#wait(signal)
        else await this.#session(signal)
      } catch (error) {
        if (signal.aborted) break
        // What has run for a minute starts counting anew.
        failures = this.#run.deps.clock() - started > 60_000 ? 1 : failures + 1
        await this.#failed(error, failures, signal)
      }
    }
    this.#state = 'stopped'
    const over = new AbortController()
    const said = Promise.all([results, this.#reporter.told])
    await Promise.race([said, this.#run.deps.sleep(LAST_WORDS, over.signal)])
    over.abort()
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { deps } = this.#run
    // Says what is wrong where nothing can be reached; and once it reads, nobody would see any more what retention has taken.
    const offsets = await deps.kafka.offsets(deps.settings.topic, deps.settings.group)
    this.#reporter.tell('starting', null, { offsets })
    const bridge = await Bridge.start(deps)
    this.#bridge = bridge
    this.#state = 'running'
    this.#problem = null
    const end = AbortSignal.any([signal, failureOf(bridge)])
    try {
      while (!end.aborted && !(await this.#run.paused())) {
        this.#reporter.tellNowAndThen('running', bridge)
        await deps.sleep(LOOK_EVERY, end)
      }
      if (!signal.aborted) end.throwIfAborted()
    } finally {
      await bridge.stop()
      this.#before = sum(this.#before, bridge.counts)
      this.#bridge = null
      this.#gone = bridge
    }
    this.#reporter.tell('ended', bridge)
  }

  /** Nothing is taken while processing is paused, but lag and what retention removes are still told. */
  async #wait(signal: AbortSignal): Promise<void> {
    this.#state = 'paused'
    this.#problem = null
    this.#reporter.tell('ended', null)
    await this.#run.deps.sleep(PAUSED_LOOK_EVERY, signal)
  }

  async #failed(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const lasting = error instanceof KafkaFault && error.lasting
    const wait = lasting ? LASTING_RESTART : Math.min(LONGEST_RESTART, FIRST_RESTART * 2 ** (failures - 1))
    this.#state = 'failing'
    this.#problem = error instanceof Error ? error.message : String(error)
    this.#run.log.error('the bridge has no connection: it is tried again', {
      retryInMilliseconds: wait,
      failures,
      error,
    })
    this.#reporter.tell('failing', this.#gone, { error })
    this.#gone = null
    await this.#run.deps.sleep(wait, signal)
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const { deps, log, publishResults } = this.#run
    while (!signal.aborted) {
      await deps.sleep(RESULTS_EVERY, signal)
      if (signal.aborted || !['running', 'paused'].includes(this.#state)) continue
      try {
        await publishResults(signal)
      } catch (error) {
        if (!signal.aborted) log.warn('results could not be published: they will be with the next', { error })
      }
    }
  }
}
