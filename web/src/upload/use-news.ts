import { useEffect, useRef, useState } from 'react'
import { useNotices } from '../ui/notices.tsx'
import { imageNews, uploadNews } from './announce.ts'
import type { Cards } from './rows.ts'
import { problemOf } from './sentences.ts'
import type { UploadItem, UploadsState } from './uploads.ts'
import { useWriting } from './use-writing.ts'

/** Milliseconds. What happens within the first is told together; after that no more often than the second. */
const GATHERED_MS = 1000
const APART_MS = 5000

/** By performance.now(): of everything together, so that what happened first is told first. */
let lastAt = -Infinity

/** Tells what has changed since it was told last. */
function useNews<T>(now: T, newsOf: (before: T, after: T) => readonly string[]) {
  const { announce } = useNotices()
  const told = useRef(now)
  const latest = useRef({ now, newsOf })
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null)

  useEffect(() => {
    latest.current = { now, newsOf }
    if (now === told.current || waiting.current !== null) return
    const wait = Math.max(GATHERED_MS, lastAt + APART_MS - performance.now())
    waiting.current = setTimeout(() => {
      waiting.current = null
      const current = latest.current
      const news = current.newsOf(told.current, current.now)
      told.current = current.now
      if (news.length === 0) return
      lastAt = performance.now()
      for (const text of news) announce(text)
    }, wait)
  })
  useEffect(
    () => () => {
      if (waiting.current !== null) clearTimeout(waiting.current)
      waiting.current = null
    },
    [],
  )
}

export function useUploadNews(state: UploadsState) {
  const writing = useWriting()
  useNews(state, (before, after) =>
    uploadNews(before, after, writing.texts.upload.news, (item) => problemOf(item, undefined, writing) ?? ''),
  )
}

export function useImageNews(items: readonly UploadItem[], cards: Cards) {
  const writing = useWriting()
  const [old] = useState(
    () => new Set(items.flatMap(({ uploadId, state }) => (state.kind === 'uploaded' ? [uploadId] : []))),
  )
  const latestItems = useRef(items)
  useEffect(() => {
    latestItems.current = items
  })
  useNews(cards, (before, after) =>
    imageNews(
      latestItems.current,
      before,
      after,
      old,
      writing.texts.upload.news,
      (item) => problemOf(item, after.get(item.uploadId), writing) ?? '',
    ),
  )
}
