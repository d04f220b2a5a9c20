import { useEffect, useEffectEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import { type Chosen, droppedFiles, namedByTime } from './chosen-files.ts'
import type { Uploads } from './uploads.ts'
import { useAdd } from './use-add.ts'

const hasFiles = (data: DataTransfer | null): data is DataTransfer => data?.types.includes('Files') ?? false
/** What is pasted into a field is the field's, and text from an office program comes with a picture of itself. */
const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))

/** Files that are dropped or pasted anywhere, on whichever page: a near miss must not open the file in the page's place. */
export function DropAnywhere({ uploads }: { readonly uploads: Uploads }) {
  const { choose } = useTexts().upload
  const { tell } = useNotices()
  const [path, go] = useLocation()
  const [over, setOver] = useState(false)
  const add = useAdd(uploads)

  const take = useEffectEvent((chosen: Chosen) => {
    add(chosen)
    if (path === '/' || chosen.files.length === 0) return
    tell({ text: choose.taken(chosen.files.length), action: { label: choose.show, act: () => go('/') } })
  })
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    // A picture of this page that is dragged about on it comes as a file as well.
    let own = false
    addEventListener('dragstart', () => (own = true), { signal })
    addEventListener('dragend', () => (own = false), { signal })
    const dragging = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = own ? 'none' : 'copy'
      setOver(!own)
    }
    addEventListener('dragenter', dragging, { signal })
    addEventListener('dragover', dragging, { signal })
    // Leaving one element for another within the page has a related target; leaving the page has none.
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal })
    const dropped = async (data: DataTransfer) => take(await droppedFiles(data.items))
    addEventListener(
      'drop',
      (event) => {
        setOver(false)
        if (!hasFiles(event.dataTransfer)) return
        event.preventDefault()
        if (!own) void dropped(event.dataTransfer)
      },
      { signal },
    )
    addEventListener(
      'paste',
      ({ clipboardData, target }) => {
        if (hasFiles(clipboardData) && !isField(target)) take(namedByTime(clipboardData.files, new Date()))
      },
      { signal },
    )
    return () => controller.abort()
  }, [])

  return over ? (
    <div className="drop-anywhere" aria-hidden="true">
      <p>{choose.dropHere}</p>
    </div>
  ) : null
}
