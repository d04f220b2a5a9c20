import { useState } from 'react'
import type { Card } from '../gallery/cards.ts'
import type { Images } from '../gallery/images.ts'
import { useThumbnail } from '../gallery/picture.tsx'
import { useTexts } from '../ui/locale.tsx'
import type { UploadItem } from './uploads.ts'

interface Props {
  readonly item: UploadItem
  readonly card: Card | undefined
  readonly images: Images
}

/** What came of the file, once it is there; before that what the file shows; or else its format. The name stands beside it. */
export function RowPicture({ item, card, images }: Props) {
  const { formats } = useTexts().common
  // Where it can't be read the image's own page says so.
  const result = useThumbnail(images, card?.deletedAt === null ? card.thumbnail : null) ?? null
  const [broken, setBroken] = useState<string | null>(null)
  const { preview, format, state } = item
  const url = result ?? (typeof preview === 'object' ? preview.url : null)
  return (
    <div className="thumb" data-pending={url === null && preview === 'pending'}>
      {url !== null && url !== broken ? (
        <img src={url} alt="" decoding="async" draggable={false} onError={() => setBroken(url)} />
      ) : (
        preview !== 'pending' &&
        state.kind !== 'refused' && <span aria-hidden="true">{shortName(formats[format])}</span>
      )}
    </div>
  )
}

/** What is no abbreviation has no room. */
const shortName = (name: string) => (name.includes(' ') ? '' : name)
