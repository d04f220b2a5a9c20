import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Settings } from '../../functions/src/config/settings.ts'
import { imageIdOf, parseRawName } from '../../functions/src/contract/names.ts'
import type { InputFacts } from '../../functions/src/contract/record.ts'
import { unlessPaused } from '../../functions/src/intake/pause.ts'
import { receive, type Intake } from '../../functions/src/intake/receive.ts'
import { redriveTaskId, type RedriveTask } from '../../functions/src/intake/redrive-task.ts'
import { MemoryObjects } from '../../functions/src/intake/testing/memory-objects.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { Ledger } from '../../functions/src/ledger/ledger.ts'
import { MemoryStore } from '../../functions/src/ledger/testing/memory-store.ts'
import type { ProcessingResult } from '../../functions/src/processing/process-image.ts'
import { isOutOfMemory } from '../../functions/src/processing/sharp.ts'
import { reconcile } from '../../functions/src/reconcile/reconcile.ts'

/** A fault of the platform, before an operation took effect or after (its answer is lost). */
export class Fault extends Error {
  override readonly name = 'Fault'
}

interface Delivery {
  readonly via: 'event' | 'redrive' | 'reconcile'
  readonly name: string
}

interface Worker {
  readonly delivery: Delivery
  /** Workers of one process die together. */
  readonly process: number
  status: 'running' | 'parked' | 'dead' | 'done'
  parked: { readonly at: string; resume(): void; fail(error: Error): void } | null
}

export const SETTINGS = {
  reportingTimeZone: 'UTC',
  leaseSeconds: 60,
  recordDays: 400,
  retentionDays: 7,
  statsShards: 3,
  maxInputBytes: 1000,
  maxInputPixels: 1000,
  maxDecodedBytes: 1000,
  workSeconds: 600,
  dailyQuota: 0,
  metricCustomers: [] as readonly string[],
} as Settings

/**
 * The whole pipeline over ports in memory, one operation at a time: each worker stops before and after every operation until the
 * schedule lets it go on, fails the operation, loses its answer, or kills its process. Deliveries are at-least-once, as the platform's.
 */
export class Simulation {
  now = Instant.parse('2026-11-23T12:00:00Z')
  readonly store: MemoryStore
  readonly raw: MemoryObjects
  readonly processed: MemoryObjects
  readonly workers: Worker[] = []
  /** Deliveries that the platform has not been told are done. */
  readonly events: string[] = []
  readonly tasks = new Map<string, RedriveTask>()
  /** Names of tasks that ran: Cloud Tasks remembers them for a while, and drops another of the same name. */
  readonly #takenNames = new Set<string>()
  readonly #current = new AsyncLocalStorage<Worker>()
  readonly logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  /** Every time that processing code was let loose on an image. */
  readonly processRuns: Delivery[] = []
  readonly intake: Intake
  /** As an operator switches it. */
  paused = false
  /** True: nothing stops and nothing fails any more. */
  free = false

  constructor() {
    const gate = (operation: { readonly kind: string }, phase: 'before' | 'after') =>
      this.#park(`${phase} ${operation.kind}`)
    const now = () => {
      this.now = Instant.ofMicros(this.now.micros + 1)
      return this.now
    }
    this.store = new MemoryStore({ now, gate })
    this.raw = new MemoryObjects({ now, gate })
    this.processed = new MemoryObjects({ now, gate })
    this.intake = {
      store: this.store,
      ledger: new Ledger(this.store, SETTINGS),
      raw: this.raw,
      processed: this.processed,
      profileFor: async ({ pinned }) => ({ name: 'p', steps: [], version: pinned ?? 'p1' }),
      paused: async () => this.paused,
      quotaExceeded: async () => false,
      formatsOf: async () => null,
      settings: SETTINGS,
      log: {
        info: (message, fields) => this.logged.push({ message, fields }),
        warn: (message, fields) => this.logged.push({ message, fields }),
        error: (message, fields) => this.logged.push({ message, fields }),
      },
      process: async (bytes, profile) => this.#process(bytes, profile.version),
      redrive: this.#redrive,
      clock: () => this.now.toMillis(),
    }
  }

  /** An upload: the object is there and its event is on its way. */
  async upload(name: string, content = name): Promise<void> {
    await this.raw.create(name, new TextEncoder().encode(content), 'image/jpeg')
    this.events.push(name)
  }

  /** Starts the delivery of a pending event or task, or a run of reconcile. It stays pending until it is acknowledged. */
  async deliver(delivery: Delivery, process: number): Promise<void> {
    const worker: Worker = { delivery, process, status: 'running', parked: null }
    this.workers.push(worker)
    void this.#current.run(worker, () => this.#run(worker))
    await this.settle()
  }

  get pending(): Delivery[] {
    const events = this.events.map((name): Delivery => ({ via: 'event', name }))
    const tasks = [...this.tasks.values()].map((task): Delivery => ({ via: 'redrive', name: task.rawName }))
    return [...events, ...tasks]
  }

  get parked(): Worker[] {
    return this.workers.filter(({ status }) => status === 'parked')
  }

  /** Lets a parked worker go on, with its operation done (`go`) or failed (`fault`). */
  async step(worker: Worker, what: 'go' | 'fault'): Promise<void> {
    const { parked } = worker
    if (parked === null) return
    worker.parked = null
    worker.status = 'running'
    if (what === 'go') parked.resume()
    else parked.fail(new Fault(parked.at))
    await this.settle()
  }

  /** Ends a process: none of its workers takes another step, and nobody is told. */
  kill(process: number): void {
    for (const worker of this.workers) {
      if (worker.process === process && worker.status !== 'done') worker.status = 'dead'
    }
  }

  /** Waits until every worker stands still. */
  async settle(): Promise<void> {
    while (this.workers.some(({ status }) => status === 'running')) await setImmediate()
  }

  advance(seconds: number): void {
    this.now = this.now.plusSeconds(seconds)
  }

  /** No more faults: delivers, waits out leases and reconciles until nothing is left to do. Throws if that never comes. */
  async recover(): Promise<void> {
    for (const worker of this.workers) if (worker.status === 'parked') await this.step(worker, 'go')
    this.free = true
    for (let round = 0; round < 30; round++) {
      for (const worker of this.parked) await this.step(worker, 'go')
      const pending = this.pending
      for (const delivery of pending) await this.deliver(delivery, this.#freshProcess())
      // Beyond every lease, and the rest after a sweep; the first may only bring the sweep of a dead run to its end.
      for (let sweep = 0; sweep < 2; sweep++) {
        this.advance(7 * 3600)
        await this.deliver({ via: 'reconcile', name: '' }, this.#freshProcess())
      }
      if (this.pending.length === 0 && !this.#open()) return
      // The hour in a task's name: what ran out of retries can be handed in again.
      this.advance(3600)
    }
    throw new Error(`not at rest after 30 rounds: ${JSON.stringify(this.pending)}`)
  }

  #freshProcess(): number {
    return Math.max(0, ...this.workers.map(({ process }) => process)) + 1
  }

  #open(): boolean {
    return [...this.store.dump()].some(([path, data]) => path.includes('/images/') && data['job'] !== null)
  }

  async #run(worker: Worker): Promise<void> {
    const { via, name } = worker.delivery
    try {
      if (via === 'reconcile') await this.#reconcile()
      else await receive(this.intake, name, via)
      if (worker.status === 'dead') return
      worker.status = 'done'
      this.#acknowledge(worker.delivery)
    } catch (error) {
      if (worker.status === 'dead') return
      worker.status = 'done'
      // Faults and a busy image are delivered again; anything else is a defect of the code under test.
      if (!isExpected(error)) this.defects.push(error)
    }
  }

  readonly defects: unknown[] = []

  #acknowledge({ via, name }: Delivery): void {
    if (via === 'event') {
      const at = this.events.indexOf(name)
      if (at >= 0) this.events.splice(at, 1)
    }
    if (via === 'redrive') {
      for (const [id, task] of this.tasks) if (task.rawName === name) this.tasks.delete(id)
    }
  }

  async #park(at: string): Promise<void> {
    const worker = this.#current.getStore()
    if (worker === undefined) return
    if (worker.status === 'dead') return new Promise(() => {})
    if (this.free) return
    return new Promise((resolve, reject) => {
      worker.status = 'parked'
      worker.parked = { at, resume: resolve, fail: reject }
    })
  }

  async #process(bytes: Uint8Array, profileVersion: string): Promise<ProcessingResult> {
    const worker = this.#current.getStore()
    const content = new TextDecoder().decode(bytes)
    await this.#park('before process')
    if (worker !== undefined) this.processRuns.push(worker.delivery)
    if (content.includes('poison') && worker !== undefined) {
      this.kill(worker.process)
      return new Promise(() => {})
    }
    if (content.includes('hungry')) throw Object.assign(new Error('no memory left'), { code: 'ENOMEM' })
    const input: InputFacts = {
      format: 'jpeg',
      width: 2,
      height: 3,
      pages: 1,
      alpha: false,
      bytes: bytes.length,
      sha256: '00',
    }
    const end = { input, durations: {}, profileVersion }
    if (content.includes('bad') || profileVersion === BROKEN_PROFILE)
      return { ...end, outcome: 'corrupt', error: { code: 'corrupt', message: 'damaged' } }
    const output = new TextEncoder().encode(
      `result of worker ${worker === undefined ? '?' : this.workers.indexOf(worker)}`,
    )
    const draft = { name: 'fit-200', extension: 'webp', contentType: 'image/webp', bytes: output, width: 2, height: 3 }
    return {
      ...end,
      outcome: 'processed',
      outputs: [draft],
      findings: content.includes('refused') ? REFUSED_FINDINGS : {},
    }
  }

  /** As platform/compose.ts has it. */
  readonly #redrive = unlessPaused(
    async () => this.paused,
    async (task: RedriveTask) => this.#enqueue(task),
  )

  async #enqueue(task: RedriveTask): Promise<void> {
    await this.#park('before enqueue')
    const id = redriveTaskId(task, this.now.toMillis())
    if (!this.#takenNames.has(id)) {
      this.#takenNames.add(id)
      this.tasks.set(id, task)
    }
    await this.#park('after enqueue')
  }

  async #reconcile(): Promise<void> {
    await reconcile({
      store: this.store,
      raw: this.raw,
      log: this.intake.log,
      redrive: this.#redrive,
      paused: async () => this.paused,
      settleSeconds: SETTINGS.leaseSeconds,
      rawDays: 14,
      pageSize: 2,
      // A worker of the simulation does one thing at a time.
      lanes: 1,
      outOfTime: () => false,
    })
  }
}

/** Fails every image that is reprocessed by it. */
export const BROKEN_PROFILE = 'p3'

/** Firestore takes no array within an array. */
const REFUSED_FINDINGS = { nested: [[1]] }

function isExpected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isExpected)
  return error instanceof Error && (['Fault', 'ImageBusy'].includes(error.name) || isOutOfMemory(error))
}

/** The image's record path. */
export async function recordPath(name: string): Promise<string> {
  const parsed = parseRawName(name)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return `customers/${parsed.customerId}/images/${await imageIdOf(name)}`
}
