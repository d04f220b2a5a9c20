import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components'
import type { Card } from '../gallery/cards.ts'
import type { Images } from '../gallery/images.ts'
import { placeholderUrl } from '../gallery/picture.tsx'
import { useTexts } from '../ui/locale.tsx'
import { safeType } from '../ui/save.ts'
import { isReady, previewOf } from './results.ts'

/** CSS pixels: no wider than the page shows it. */
const WIDEST = 1000
/** As large as a picture that nothing is known of yet. */
const UNKNOWN = { width: 3, height: 2 }

/** Its room is there from the beginning; the blurred placeholder comes at once, the picture over it. */
export function Preview({ card, images }: { readonly card: Card; readonly images: Images }) {
  const { image, common } = useTexts()
  const [wanted] = useState(() => Math.min(innerWidth, WIDEST) * devicePixelRatio)
  const output = isReady(card) ? previewOf(card.outputs, wanted) : null
  const { picture, again } = usePicture(images, output?.object ?? null, output?.contentType ?? '')
  const placeholder = placeholderUrl(card.placeholder)
  const [shown, setShown] = useState<string | null>(null)
  const size = { width: output?.width ?? card.dimensions?.width, height: output?.height ?? card.dimensions?.height }
  const { width, height } = size.width && size.height ? { width: size.width, height: size.height } : UNKNOWN
  const url = picture !== null && picture !== 'missing' ? picture.url : null
  // Through a picture with holes the placeholder would be seen.
  const covered = card.alpha && url !== null && shown === url
  return (
    <div
      className="preview"
      style={{ aspectRatio: `${width} / ${height}`, maxWidth: `calc(70vh * ${width / height})` }}
    >
      {placeholder !== null && !covered && <img className="blurred" src={placeholder} alt="" />}
      {url !== null && <img src={url} alt={image.alt(card.fileName)} decoding="async" onLoad={() => setShown(url)} />}
      {picture === 'missing' && (
        <div className="instead">
          <p>{image.noPreview}</p>
          <Button onPress={again}>{common.tryAgain}</Button>
        </div>
      )}
      {card.status === 'failed' && <p className="instead">{image.noPicture}</p>}
      {(card.status === 'waiting' || card.status === 'processing') && <p className="instead">{image.pictureComes}</p>}
      {card.status === 'done' && output === null && <p className="instead">{image.nothingToShow}</p>}
    </div>
  )
}

type Picture = { readonly url: string } | 'missing' | null

/** An address of the object's bytes, good for as long as the picture is on the page. */
function usePicture(images: Images, object: string | null, contentType: string) {
  const [picture, setPicture] = useState<Picture>(null)
  const [tries, setTries] = useState(0)
  useEffect(() => {
    if (object === null) return undefined
    let gone = false
    let url: string | null = null
    const load = async () => {
      try {
        const blob = await images.read(object)
        if (gone) return
        url = URL.createObjectURL(blob.slice(0, blob.size, safeType(contentType)))
        setPicture({ url })
      } catch {
        if (!gone) setPicture('missing')
      }
    }
    void load()
    return () => {
      gone = true
      setPicture(null)
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [images, object, contentType, tries])
  return { picture, again: () => setTries((count) => count + 1) }
}
