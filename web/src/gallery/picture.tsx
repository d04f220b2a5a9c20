import { useEffect, useState } from 'react'
import { thumbHashToDataURL } from 'thumbhash'
import { useTexts } from '../ui/locale.tsx'
import type { Card } from './cards.ts'
import type { Images } from './images.ts'
import { Lru } from './lru.ts'
import { type Thumbnail, Thumbnails } from './thumbnails.ts'
import './picture.css'

interface Props {
  readonly card: Pick<Card, 'placeholder' | 'thumbnail' | 'alpha' | 'status'>
  readonly images: Images
  /** Empty where the image's name is beside it. */
  readonly alt?: string
}

/** The placeholder at once, then the thumbnail over it. It takes the room that it is given, so that nothing moves. */
export function Picture({ card, images, alt = '' }: Props) {
  const { gallery } = useTexts()
  const thumbnail = useThumbnail(images, card.thumbnail)
  const url = thumbnail ?? null
  const [shown, setShown] = useState<string | null>(null)
  // Through a picture with holes the placeholder would be seen.
  const placeholder = card.alpha && url !== null && shown === url ? null : placeholderUrl(card.placeholder)
  return (
    <div className="picture">
      {placeholder !== null && <img className="placeholder" src={placeholder} alt="" />}
      {url !== null && (
        <img
          className="thumbnail"
          src={url}
          alt={alt}
          decoding="async"
          draggable={false}
          onLoad={() => setShown(url)}
        />
      )}
      {thumbnail === null && <p className="quiet">{gallery.noThumbnail}</p>}
      {card.status === 'failed' && card.thumbnail === null && <p className="quiet">{gallery.noPicture}</p>}
    </div>
  )
}

/** Of some 5 kB each. */
const KEPT_PLACEHOLDERS = 400
const placeholders = new Lru<string>(KEPT_PLACEHOLDERS)

/** Of a thumbhash (base64). Null for a hash that isn't one. */
export function placeholderUrl(base64: string | null): string | null {
  if (base64 === null) return null
  const known = placeholders.get(base64)
  if (known !== undefined) return known === '' ? null : known
  let url = ''
  try {
    url = thumbHashToDataURL(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  } catch {
    // What a processor found is no more than text here.
  }
  placeholders.set(base64, url)
  return url === '' ? null : url
}

const made = new WeakMap<Images, Thumbnails>()

/** One for all pages, so that coming back from a page loads nothing again. */
export function thumbnailsOf(images: Images): Thumbnails {
  const known = made.get(images)
  if (known !== undefined) return known
  const thumbnails = new Thumbnails({
    read: (object) => images.read(object),
    createUrl: (blob) => URL.createObjectURL(blob),
    revokeUrl: (url) => URL.revokeObjectURL(url),
  })
  made.set(images, thumbnails)
  return thumbnails
}

/** Undefined while it is not there, or none is to come; null where it can't be read. */
export function useThumbnail(images: Images, object: string | null): Thumbnail | undefined {
  const thumbnails = thumbnailsOf(images)
  const [loaded, setLoaded] = useState<{ readonly of: string; readonly thumbnail: Thumbnail } | null>(null)
  useEffect(() => {
    if (object === null) return undefined
    return thumbnails.want(object, (thumbnail) => setLoaded({ of: object, thumbnail }))
  }, [thumbnails, object])
  if (object === null) return undefined
  return loaded?.of === object ? loaded.thumbnail : (thumbnails.peek(object) ?? undefined)
}
