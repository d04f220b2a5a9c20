import { useEffect, useRef, useState } from 'react'
import { useConfirm } from '../pieces/confirm.tsx'
import { newOperation } from '../pieces/operation.tsx'
import { problemOf } from '../pieces/problem.ts'
import { useFilters } from '../../pieces/use-filters.ts'
import { operationOf } from './filters.ts'
import { inRounds, type Work } from './rounds.ts'

export type ReplayState =
  | { readonly phase: 'idle' }
  /** Counting what a start would do. */
  | { readonly phase: 'planning' }
  /** `soFar`: what earlier calls have done; null in the first. */
  | { readonly phase: 'running'; readonly operation: string; readonly soFar: string | null; readonly stopping: boolean }
  /** Was under way when this page was left or loaded anew: it ends by itself. */
  | { readonly phase: 'found'; readonly operation: string }
  | { readonly phase: 'ended'; readonly text: string }
  /** `started`: a part may have been done. */
  | { readonly phase: 'failed'; readonly text: string; readonly started: boolean }

export interface Replaying {
  readonly state: ReplayState
  /** Counts, asks, starts, and goes on until all is done, it is stopped, or the page is left. Resolves to whether anything may have been started. */
  readonly begin: <Answer>(work: Work<Answer>) => Promise<boolean>
  /** After the call that is under way. */
  readonly stop: () => void
}

/** One replay at a time. The address names the call that is under way, so that a page that is loaded anew finds it in `audit/`. */
export function useReplay(): Replaying {
  const ask = useConfirm()
  const [address, change] = useFilters()
  const [state, setState] = useState<ReplayState>(() => {
    const operation = operationOf(address)
    return operation === null ? { phase: 'idle' } : { phase: 'found', operation }
  })
  const run = useRef({ stopped: false, left: false })
  useEffect(() => {
    run.current.left = false
    return () => {
      run.current.left = true
    }
  }, [])

  async function start<Answer>(work: Work<Answer>, onStart: () => void): Promise<boolean> {
    setState({ phase: 'planning' })
    const stopped = () => run.current.stopped || run.current.left
    const plan = await inRounds(work, { start: false, newOperation, onCall: () => {}, stopped })
    if (run.current.left) return false
    if (work.possible(plan.sum) === 0) {
      setState({ phase: 'ended', text: work.planText(plan.sum) })
      return false
    }
    const action = work.actionText(plan.sum)
    const yes = await ask({ title: `${action}?`, text: work.planText(plan.sum), action })
    if (!yes || run.current.left) {
      setState({ phase: 'idle' })
      return false
    }
    onStart()
    const { sum, rest } = await inRounds(work, {
      start: true,
      newOperation,
      onCall: (operation, soFar) => {
        change({ operation })
        const text = soFar === null ? null : work.endText(soFar, false)
        setState({ phase: 'running', operation, soFar: text, stopping: false })
      },
      stopped,
    })
    if (run.current.left) return true
    setState({ phase: 'ended', text: work.endText(sum, rest) })
    return true
  }

  return {
    state,
    async begin(work) {
      run.current.stopped = false
      let started = false
      try {
        return await start(work, () => (started = true))
      } catch (error) {
        setState({ phase: 'failed', text: problemOf(error), started })
        return started
      } finally {
        if (!run.current.left) change({ operation: null })
      }
    },
    stop() {
      run.current.stopped = true
      setState((now) => (now.phase === 'running' ? { ...now, stopping: true } : now))
    },
  }
}
