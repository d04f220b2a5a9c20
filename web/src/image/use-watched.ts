import { useCallback, useEffect, useState } from 'react'
import type { Backend, Listener, OnProblem, Stop } from '../backend.ts'
import type { ShareLink } from '../../../functions/src/contract/customer.ts'
import type { GalleryRecord } from '../gallery/images.ts'

export type Watched<T> =
  | { readonly kind: 'loading' }
  /** With Firestore's code: nothing more comes until it is tried again. */
  | { readonly kind: 'problem'; readonly code: string }
  /** `current`: false while there is no connection. */
  | { readonly kind: 'there'; readonly value: T; readonly current: boolean }

/** `watch` has to stay the same as long as it is about the same. */
function useWatched<T>(watch: (listener: Listener<T>, onProblem: OnProblem) => Stop) {
  const [watched, setWatched] = useState<Watched<T>>({ kind: 'loading' })
  const [tries, setTries] = useState(0)
  useEffect(() => {
    setWatched({ kind: 'loading' })
    return watch(
      (value, current) => setWatched({ kind: 'there', value, current }),
      (code) => setWatched({ kind: 'problem', code }),
    )
  }, [watch, tries])
  return { watched, again: useCallback(() => setTries((count) => count + 1), []) }
}

export const useRecord = ({ images }: Backend, customerId: string, imageId: string) =>
  useWatched<GalleryRecord | null>(
    useCallback(
      (listener, onProblem) => images.watchOne(customerId, imageId, listener, onProblem),
      [images, customerId, imageId],
    ),
  )

export const useLinks = ({ links }: Backend, customerId: string, imageId: string) =>
  useWatched<readonly ShareLink<Date>[]>(
    useCallback(
      (listener, onProblem) => links.watchLinks(customerId, imageId, listener, onProblem),
      [links, customerId, imageId],
    ),
  )
