import { useEffect, useRef, useState } from 'react'
import type { Card } from '../gallery/cards.ts'
import type { Queue } from '../upload/queue.ts'
import { galleryChanges, uploadChanges } from './announce.ts'

interface Message {
  readonly id: number
  readonly text: string
}

/** How many messages stay in the page for a screen reader to go back to. */
const KEPT = 20

/** The page's one live region. It says what changes, not what is there when the page opens. `cards` is null before that. */
export function Announcer({ cards, queue }: { readonly cards: readonly Card[] | null; readonly queue: Queue }) {
  const [messages, setMessages] = useState<readonly Message[]>([])
  const before = useRef({ cards, queue, told: 0 })

  useEffect(() => {
    const last = before.current
    const images = last.cards === null || cards === null ? [] : galleryChanges(last.cards, cards)
    const texts = [...uploadChanges(last.queue, queue), ...images]
    before.current = { cards, queue, told: last.told + texts.length }
    if (texts.length === 0) return
    const news = texts.map((text, i) => ({ id: last.told + i, text }))
    setMessages((told) => [...told, ...news].slice(-KEPT))
  }, [cards, queue])

  return (
    <div role="log" aria-live="polite" aria-label="What happened" className="visually-hidden">
      {messages.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  )
}
