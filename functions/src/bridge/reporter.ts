/** What one run of the bridge tells of itself while it goes on. */
import { NOTHING, type Bridge, type BridgeCounts } from './bridge.ts'
import { KafkaFault, type PartitionOffsets } from './kafka.ts'
import type { BridgeRun } from './run.ts'
import { tell, type MemberStatus } from './status.ts'

/** Milliseconds. */
const TELL_EVERY = 10_000

/** Tells `bridges/` what one run is doing, one thing after the other. What goes wrong in telling stops nothing, and holds nothing up. */
export class Reporter {
  readonly #run: BridgeRun
  readonly #kind: MemberStatus['kind']
  /** What was told last, when, and of which bridge. */
  #counts: BridgeCounts = NOTHING
  #at: number
  #of: Bridge | null = null
  /** When it last began to tell, well or not, and of which bridge. */
  #begunAt: number
  #begunOf: Bridge | null = null
  /** Partitions that could not go on then. */
  #stopped = 0
  #open = 0
  #told: Promise<void> = Promise.resolve()

  constructor(run: BridgeRun, kind: MemberStatus['kind']) {
    this.#run = run
    this.#kind = kind
    this.#at = this.#begunAt = run.deps.clock()
  }

  /** Resolves once all has been told, or could not be. */
  get told(): Promise<void> {
    return this.#told
  }

  tellNowAndThen(state: MemberStatus['state'], bridge: Bridge): void {
    // Of a partition that has stopped somebody has to know at once.
    const news = this.#begunOf !== bridge || bridge.undecodable.size !== this.#stopped
    const due = news || this.#run.deps.clock() - this.#begunAt >= TELL_EVERY
    if (due && this.#open === 0) this.tell(state, bridge)
  }

  /** Not waited for: whoever has no answer from Firestore can still take records. */
  tell(state: MemberStatus['state'], bridge: Bridge | null, known: Known = {}): void {
    this.#begunAt = this.#run.deps.clock()
    this.#begunOf = bridge
    this.#stopped = bridge?.undecodable.size ?? 0
    this.#open++
    this.#told = this.#tell(this.#told, state, bridge, known)
  }

  async #tell(
    after: Promise<void>,
    state: MemberStatus['state'],
    bridge: Bridge | null,
    { error, offsets: seen }: Known,
  ): Promise<void> {
    await after
    const { deps, store, log, member } = this.#run
    const { topic, group } = deps.settings
    const now = deps.clock()
    const counts = bridge?.counts ?? NOTHING
    if (bridge !== this.#of) this.#counts = NOTHING
    const seconds = Math.max(0.001, (now - this.#at) / 1000)
    const more = {
      landed: counts.landed - this.#counts.landed,
      deadLetters: counts.deadLetters - this.#counts.deadLetters,
      dropped: counts.dropped - this.#counts.dropped,
      bytes: counts.bytes - this.#counts.bytes,
    }
    try {
      const offsets = seen ?? (state === 'failing' ? null : await deps.kafka.offsets(topic, group))
      const { landed, deadLetters, dropped, faults } = counts
      const status: MemberStatus = {
        kind: this.#kind,
        state,
        partitions: state === 'running' ? (bridge?.partitions ?? []) : [],
        landed,
        deadLetters,
        dropped,
        faults,
        imagesPerSecond: more.landed / seconds,
        bytesPerSecond: more.bytes / seconds,
        open: bridge?.open ?? 0,
        heldBytes: bridge?.held ?? 0,
        secondsSinceCommit:
          bridge?.lastCommitAt === null || bridge === null ? null : Math.max(0, now - bridge.lastCommitAt) / 1000,
        problem: error === undefined ? null : problemOf(error),
      }
      await tell(store, log, {
        topic,
        group,
        member,
        status,
        offsets,
        undecodable: bridge?.undecodable ?? new Map(),
        more,
      })
      this.#counts = counts
      this.#at = now
      this.#of = bridge
    } catch (problem) {
      log.warn('the state of the bridge could not be written down', { error: problem })
    }
    this.#open--
  }
}

interface Known {
  /** What has gone wrong. */
  readonly error?: unknown
  /** What Kafka has said already. */
  readonly offsets?: readonly PartitionOffsets[]
}

const problemOf = (error: unknown): MemberStatus['problem'] => ({
  code: error instanceof KafkaFault ? error.code : 'other',
  message: error instanceof Error ? error.message : String(error),
})
