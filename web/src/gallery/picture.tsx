import { useEffect, useMemo, useState } from 'react'
import { thumbHashToDataURL } from 'thumbhash'
import type { Card } from './cards.ts'
import type { Images } from './images.ts'

type Thumbnail = { readonly url: string } | 'missing' | null

/** The placeholder at once, then the thumbnail over it. */
export function Picture({ card, images }: { readonly card: Card; readonly images: Images }) {
  const placeholder = useMemo(() => placeholderUrl(card.placeholder), [card.placeholder])
  const thumbnail = useThumbnail(images, card.thumbnail)
  const [shown, setShown] = useState<string | null>(null)
  const url = thumbnail === null || thumbnail === 'missing' ? null : thumbnail.url
  // Through a picture with holes the placeholder would be seen.
  const covered = card.alpha && url !== null && shown === url
  return (
    <div className="picture">
      {placeholder !== null && !covered && <img className="placeholder" src={placeholder} alt="" />}
      {url !== null && (
        <img className="thumbnail" src={url} alt={card.fileName} decoding="async" onLoad={() => setShown(url)} />
      )}
      {thumbnail === 'missing' && <p>The picture can’t be loaded.</p>}
      {card.status === 'failed' && <p>No picture</p>}
    </div>
  )
}

/** Null for a hash that isn't one. */
function placeholderUrl(base64: string | null): string | null {
  if (base64 === null) return null
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  } catch {
    return null
  }
}

/** An address of the object's bytes, good for as long as the picture is on the page. */
function useThumbnail(images: Images, object: string | null): Thumbnail {
  const [thumbnail, setThumbnail] = useState<Thumbnail>(null)
  useEffect(() => {
    if (object === null) return undefined
    let gone = false
    let url: string | null = null
    const load = async () => {
      try {
        const blob = await images.read(object)
        if (gone) return
        url = URL.createObjectURL(blob)
        setThumbnail({ url })
      } catch {
        if (!gone) setThumbnail('missing')
      }
    }
    void load()
    return () => {
      gone = true
      setThumbnail(null)
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [images, object])
  return thumbnail
}
