import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ImagesAction } from '../../../functions/src/contract/customer.ts'
import type { Backend } from '../backend.ts'
import type { Session } from '../firebase/session.ts'
import type { Card } from '../gallery/cards.ts'
import { useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import { actOn, type Outcome } from './calls.ts'
import { isReady } from './results.ts'
import { RunningList } from './running-list.tsx'
import { begin } from './running.ts'
import { outcomeSentence } from './sentences.ts'

/** What a customer does with its images, one or a selection. None rejects: what happens, goes wrong or can be undone is told by notices. */
export interface ImageActions {
  /** The results of one, or of several as a ZIP. Resolves when it is saved, cancelled or failed. */
  readonly download: (cards: readonly Card[]) => Promise<void>
  /** Asks first, says when the objects go, and offers a way back. Resolves with the ids of those that are deleted now. */
  readonly remove: (cards: readonly Card[]) => Promise<readonly string[]>
  readonly restore: (cards: readonly Card[]) => Promise<void>
  /** Tries failed ones again. */
  readonly retry: (cards: readonly Card[]) => Promise<void>
  /** What is under way: a download with its progress; a question. Put it on the page once. */
  readonly parts: ReactNode
}

/** Shows a question until it is answered; null: it was called off. */
type Ask = <T>(make: (answer: (value: T | null) => void) => ReactNode) => Promise<T | null>

export function useActions({
  backend,
  session,
}: {
  readonly backend: Backend
  readonly session: Session
}): ImageActions {
  const { customerId } = session
  const texts = useTexts()
  const { tell, announce } = useNotices()
  const { question, ask } = useQuestion()

  const acts = useMemo(() => {
    async function act(action: ImagesAction, imageIds: readonly string[]): Promise<Outcome> {
      const { signal, progress, end } = begin({ customerId, kind: action, total: imageIds.length, totalBytes: null })
      try {
        return await actOn(backend.call, action, imageIds, { signal, onProgress: progress })
      } finally {
        end()
      }
    }

    async function actAndTell(action: ImagesAction, imageIds: readonly string[]): Promise<readonly string[]> {
      const outcome = await act(action, imageIds)
      const { done } = outcome
      const problem = done.length < new Set(imageIds).size
      const text = outcomeSentence(texts, action, outcome)
      const undo = { label: texts.common.undo, act: () => void actAndTell('restore', done) }
      if (text !== '') tell({ text, problem, ...(action === 'delete' && done.length > 0 && { action: undo }) })
      return done
    }

    /** Where a part of the page can't be loaded, says so; nothing is done then. */
    async function loaded<T, R>(load: () => Promise<T>, then: (part: T) => Promise<R>, otherwise: R): Promise<R> {
      let part: T
      try {
        part = await load()
      } catch {
        tell({ text: texts.image.cantLoad, problem: true })
        return otherwise
      }
      return await then(part)
    }

    const idsOf = (cards: readonly Card[]) => cards.map(({ imageId }) => imageId)
    return {
      async download(cards: readonly Card[]) {
        if (!cards.some(isReady)) {
          tell({ text: texts.image.nothingReady, problem: true })
          return
        }
        const tools = { ask, tell, announce, texts, images: backend.images, customerId }
        await loaded(
          () => import('./download.tsx'),
          ({ download }) => download(cards, tools),
          undefined,
        )
      },
      async remove(cards: readonly Card[]) {
        if (cards.length === 0) return []
        return await loaded(
          () => import('./ask-remove.tsx'),
          async ({ AskRemove }) => {
            const sure = await ask<true>((answer) => <AskRemove cards={cards} onAnswer={answer} />)
            return sure === null ? [] : await actAndTell('delete', idsOf(cards))
          },
          [],
        )
      },
      async restore(cards: readonly Card[]) {
        await actAndTell('restore', idsOf(cards))
      },
      async retry(cards: readonly Card[]) {
        await actAndTell('retry', idsOf(cards))
      },
    }
  }, [backend, customerId, texts, tell, announce, ask])

  return useMemo(
    () => ({
      ...acts,
      parts: (
        <>
          <RunningList customerId={customerId} />
          {question}
        </>
      ),
    }),
    [acts, customerId, question],
  )
}

function useQuestion(): { readonly question: ReactNode; readonly ask: Ask } {
  const [question, setQuestion] = useState<ReactNode>(null)
  const callOff = useRef(() => {})
  useEffect(() => () => callOff.current(), [])
  const ask = useCallback<Ask>(
    (make) =>
      new Promise((resolve) => {
        callOff.current()
        let answered = false
        const answer: Parameters<typeof make>[0] = (value) => {
          if (answered) return
          answered = true
          callOff.current = () => {}
          setQuestion(null)
          resolve(value)
        }
        callOff.current = () => answer(null)
        setQuestion(make(answer))
      }),
    [],
  )
  return { question, ask }
}
