import { useCallback } from 'react'
import { MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import { useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import type { Chosen } from './chosen-files.ts'
import type { Uploads } from './uploads.ts'

/** However files were chosen: sends them, and tells of what could not be taken. */
export function useAdd(uploads: Uploads): (chosen: Chosen) => void {
  const { choose } = useTexts().upload
  const { tell } = useNotices()
  return useCallback(
    ({ files, unreadable, cut }) => {
      if (files.length > 0) void uploads.add(files)
      const [first] = unreadable
      if (first !== undefined) tell({ text: choose.unreadable(unreadable.length, first), problem: true })
      if (cut) tell({ text: choose.cut(MAX_WAITING_UPLOADS), problem: true })
    },
    [uploads, choose, tell],
  )
}
