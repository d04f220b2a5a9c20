/** What a ZIP is to hold, and under which names. */
import type { Output } from '../../../functions/src/contract/record.ts'
import type { Card } from '../gallery/cards.ts'
import { extensionOf, mentionOf, safeFileName } from '../ui/save.ts'
import { isReady, resultsOf } from './results.ts'

/** Of each image its largest result, or every one. */
export type Which = 'largest' | 'all'

export interface ZipFile {
  readonly imageId: string
  /** Of the processed bucket. */
  readonly object: string
  /** In the ZIP: no folder, no two alike. */
  readonly name: string
  readonly bytes: number
  readonly modified: Date
}

export interface ZipPlan {
  readonly files: readonly ZipFile[]
  /** How many images they are of. */
  readonly images: number
  readonly bytes: number
  /** Images that have no results, or none yet. */
  readonly left: readonly Card[]
}

/** No result’s name ends so. */
export const NOT_INCLUDED = 'not-included.txt'

/** What cameras and programs put at the end of a picture's name; a result has its own. */
const PICTURE = /\.(jpe?g|jfif|png|webp|avif|hei[cf]|gif|tiff?|svg|bmp)$/i

/** The result's name as a file: `mention` tells it from the image's others. */
export function resultFileName(fileName: string, output: Output, mention: boolean, again = 1): string {
  const which = mention ? mentionOf(output.name) : ''
  const stem = fileName.replace(PICTURE, '')
  return safeFileName(stem, extensionOf(output.contentType), `${which}${again > 1 ? ` (${again})` : ''}`)
}

export function planOf(cards: readonly Card[], which: Which): ZipPlan {
  const ready = cards.filter(isReady)
  const nameOf = uniqueNames()
  const files = ready.flatMap((card) => {
    const results = resultsOf(card)
    const chosen = which === 'largest' ? results.slice(0, 1) : results
    return chosen.map((output) => ({
      imageId: card.imageId,
      object: output.object,
      name: nameOf((again) => resultFileName(card.fileName, output, chosen.length > 1, again)),
      bytes: output.bytes,
      modified: card.processedAt ?? card.receivedAt,
    }))
  })
  return {
    files,
    images: ready.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    left: cards.filter((card) => !isReady(card)),
  }
}

/** `name` writes a name with the number that is to set it apart. File systems that take no heed of case would put one file over the other. */
function uniqueNames(): (name: (again: number) => string) => string {
  const fold = (name: string) => name.normalize('NFKC').toLowerCase()
  const taken = new Set<string>()
  const last = new Map<string, number>()
  return (name) => {
    let given = name(1)
    const first = fold(given)
    let again = last.get(first) ?? 1
    if (again > 1) given = name(again)
    while (taken.has(fold(given))) given = name(++again)
    last.set(first, again + 1)
    taken.add(fold(given))
    return given
  }
}
