import { type ChangeEvent, type RefObject, useEffect, useEffectEvent, useState } from 'react'
import { ACCEPTED_FORMATS, ACCEPTED_MEDIA_TYPES } from '../../../functions/src/contract/formats.ts'
import { MAX_UPLOAD_BYTES } from '../../../functions/src/contract/limits.ts'
import { formatBytes, formatName } from '../ui/format.ts'

interface Props {
  readonly onFiles: (files: readonly File[]) => void
  readonly picker: RefObject<HTMLInputElement | null>
}

const FORMATS = ACCEPTED_FORMATS.map(formatName).join(', ')

/** Picked, pasted and dropped files enter by one `onFiles`. The whole page takes a drop: a near miss must not open the file. */
export function DropZone({ onFiles, picker }: Props) {
  const over = useDroppedFiles(onFiles)
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(event.currentTarget.files ?? [])])
    event.currentTarget.value = '' // so that the same file can be chosen again
  }
  return (
    <section className="drop-zone" data-over={over} aria-label="Send images">
      <p>Drop images anywhere on this page, or</p>
      <label className="button primary">
        Choose files
        {/* Media types, not image/*: then a phone converts its own formats to one of them. */}
        <input
          ref={picker}
          className="visually-hidden"
          type="file"
          multiple
          accept={ACCEPTED_MEDIA_TYPES.join(',')}
          onChange={picked}
        />
      </label>
      <p className="quiet">
        {FORMATS}; up to {formatBytes(MAX_UPLOAD_BYTES)} each
      </p>
    </section>
  )
}

/** Whether files are being dragged over the page. */
function useDroppedFiles(onFiles: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const taken = useEffectEvent((data: DataTransfer | null) => onFiles([...(data?.files ?? [])]))

  useEffect(() => {
    const hasFiles = (data: DataTransfer | null) => data?.types.includes('Files') ?? false
    const controller = new AbortController()
    const { signal } = controller
    const dragging = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      setOver(true)
    }
    addEventListener('dragenter', dragging, { signal })
    addEventListener('dragover', dragging, { signal })
    // Leaving one element for another within the page has a related target; leaving the page has none.
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal })
    addEventListener(
      'drop',
      (event) => {
        setOver(false)
        if (!hasFiles(event.dataTransfer)) return
        event.preventDefault()
        taken(event.dataTransfer)
      },
      { signal },
    )
    addEventListener('paste', (event) => hasFiles(event.clipboardData) && taken(event.clipboardData), { signal })
    return () => controller.abort()
  }, [])
  return over
}
