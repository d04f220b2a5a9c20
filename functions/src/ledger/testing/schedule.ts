import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { Instant } from '../instant.ts'

/** A fault of Firestore or Storage, before an operation took effect or after (its answer is lost). */
export class Fault extends Error {
  override readonly name = 'Fault'
}

interface Parked {
  readonly at: string
  resume(): void
  fail(): void
}

/** What an operation throws where the schedule fails it; null: nothing, it just goes on. */
type Failure = ((at: string) => Error) | null

/** Somebody who takes one step at a time. `What` says who; `job` is one that BigQuery has taken. */
export class Actor<What extends string, Report> {
  /** A run's or a job's id; a job's has its run's in it. */
  readonly id: string
  readonly what: What | 'job'
  /** Actors of one process die together. Jobs have none. */
  readonly process: number | null
  status: 'running' | 'parked' | 'dead' | 'done' = 'running'
  /** Operations that wait for the schedule: several, where it has begun several at once. */
  readonly waiting: Parked[] = []
  report: Report | null = null

  constructor(id: string, what: What | 'job', process: number | null) {
    this.id = id
    this.what = what
    this.process = process
  }

  /** The operation that it stands at. */
  get parked(): Parked | null {
    return this.status === 'parked' ? (this.waiting[0] ?? null) : null
  }
}

/**
 * Everybody stops before and after every operation on a port until the schedule lets it go on, fails the operation, loses its answer or kills its process.
 * Who extends this says who there is, and hands {@link park} and {@link atJob} to the gates of its ports.
 */
export abstract class Schedule<What extends string, Report> {
  now = Instant.parse('2026-11-23T12:00:00Z')
  readonly actors: Actor<What, Report>[] = []
  /** What must not have happened: tests expect none. */
  readonly defects: unknown[] = []
  /** True: nothing stops and nothing fails any more. */
  free = false
  readonly #current = new AsyncLocalStorage<Actor<What, Report>>()
  readonly #jobs = new Map<string, Actor<What, Report>>()

  /** Whether an actor may end so: of what failed under it, and of nothing else. */
  protected abstract isExpected(error: Error): boolean

  get parked(): Actor<What, Report>[] {
    return this.actors.filter(({ status }) => status === 'parked')
  }

  /** Lets an actor go on, with its operation done (`go`) or failed (`fault`). */
  async step(actor: Actor<What, Report>, what: 'go' | 'fault'): Promise<void> {
    const { parked } = actor
    if (parked === null) return
    actor.waiting.shift()
    if (actor.waiting.length === 0) actor.status = 'running'
    if (what === 'go') parked.resume()
    else parked.fail()
    await this.settle()
  }

  /** Ends a process: none of its actors takes another step. What is on the network, or with BigQuery, goes on. */
  kill(process: number): void {
    for (const actor of this.actors) if (actor.process === process && actor.status !== 'done') actor.status = 'dead'
  }

  advance(seconds: number): void {
    this.now = this.now.plusSeconds(seconds)
  }

  async settle(): Promise<void> {
    do await setImmediate()
    while (this.actors.some(({ status }) => status === 'running'))
  }

  /** Everybody ends who is alive, and nothing fails any more. */
  async ended(): Promise<void> {
    this.free = true
    for (let turn = 0; this.parked.length > 0; turn++) {
      const next = this.parked.find(({ what }) => what === 'job') ?? this.parked[turn % this.parked.length]
      if (next) await this.step(next, 'go')
    }
  }

  protected async start(
    what: What,
    id: string,
    process: number,
    body: (actor: Actor<What, Report>) => Promise<void>,
  ): Promise<Actor<What, Report>> {
    const actor = new Actor<What, Report>(id, what, process)
    this.actors.push(actor)
    void this.#current.run(actor, async () => {
      try {
        await body(actor)
      } catch (error) {
        if (actor.status !== 'dead' && !this.#mayEndSo(error)) this.defects.push(error)
      }
      if (actor.status !== 'dead') actor.status = 'done'
    })
    await this.settle()
    return actor
  }

  /** A job that BigQuery has taken goes on by itself. */
  protected async atJob(jobId: string, phase: 'before' | 'between' | 'after'): Promise<void> {
    let job = this.#jobs.get(jobId)
    if (job === undefined) {
      job = new Actor<What, Report>(jobId, 'job', null)
      this.#jobs.set(jobId, job)
      this.actors.push(job)
    }
    if (phase !== 'after') await this.#parkAs(job, `${phase} job`, () => new Error('backendError'))
    job.status = 'done'
  }

  protected async park(at: string, failure: Failure): Promise<void> {
    const actor = this.#current.getStore()
    if (actor !== undefined) await this.#parkAs(actor, at, failure)
  }

  async #parkAs(actor: Actor<What, Report>, at: string, failure: Failure): Promise<void> {
    if (actor.status === 'dead') return new Promise(() => {})
    if (this.free) return
    return new Promise((resolve, reject) => {
      actor.status = 'parked'
      actor.waiting.push({
        at,
        resume: resolve,
        fail: () => {
          if (actor.what === 'job') actor.status = 'done'
          if (failure === null) resolve()
          else reject(failure(at))
        },
      })
    })
  }

  #mayEndSo(error: unknown): boolean {
    if (error instanceof AggregateError) return error.errors.every((inner) => this.#mayEndSo(inner))
    return error instanceof Error && this.isExpected(error)
  }
}
