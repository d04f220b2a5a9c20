import { createRequire } from 'node:module'
import * as v from 'valibot'
import { sniffFormat } from '../../contract/formats.ts'
import type { Size } from '../fit.ts'
import { defineProcessor, type Pixels } from '../processor.ts'
import { decodePixels, overlayPixels, readHeader, resizePixels, textPixels } from '../sharp.ts'

/** Of the mark before it is scaled. Pixels. */
const MAX_MARK_PIXELS = 4_000_000
/** Brought along, so that what fonts a machine has makes no difference. */
export const FONT = 'Noto Sans SemiBold'
export const fontFile = () =>
  createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf')

const isPicture = (base64: string) => ['png', 'webp', 'jpeg'].includes(sniffFormat(Buffer.from(base64, 'base64')))

const settings = v.pipe(
  v.strictObject({
    /** Set in one line of Noto Sans (Latin, Greek, Cyrillic), white. */
    text: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    /** A PNG or WebP as base64, with transparency: a logo of a few kilobytes. */
    image: v.optional(
      v.pipe(v.string(), v.base64(), v.maxLength(200_000), v.check(isPicture, 'expected a PNG, WebP or JPEG')),
    ),
    position: v.optional(
      v.picklist(['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre']),
      'bottom-right',
    ),
    /** Of the image's width. */
    width: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(1)), 0.25),
    /** To the edge, of the image's shorter side. */
    margin: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.4)), 0.03),
    opacity: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(1)), 0.6),
  }),
  v.check(({ text, image }) => (text === undefined) !== (image === undefined), 'expected either a text or an image'),
)
type Settings = v.InferOutput<typeof settings>

/** Marks the image for the steps after it: a customer's name or logo. Steps before it see the image unmarked. */
export const watermark = defineProcessor({
  name: 'watermark',
  version: 1,
  settings,
  changesPixels: true,
  budget: { milliseconds: 20_000, memoryBytes: () => 8 * MAX_MARK_PIXELS },
  run: async (_image, options) => ({ draw: (page) => marked(page, options) }),
})

async function marked(page: Pixels, options: Settings): Promise<Pixels> {
  const box = { width: Math.max(1, Math.round(page.width * options.width)), height: page.height }
  const mark = withOpacity(await markOf(options, box), options.opacity)
  const margin = Math.round(Math.min(page.width, page.height) * options.margin)
  const { left, top } = placed(options.position, page, mark, margin)
  return overlayPixels(page, mark, left, top)
}

async function markOf({ text, image = '' }: Settings, box: Size): Promise<Pixels> {
  if (text !== undefined) {
    const set = await textPixels(text, { width: box.width, height: Math.ceil(box.width / 2) }, FONT, fontFile())
    return resizePixels(set, filling(set, box))
  }
  const bytes = Buffer.from(image, 'base64')
  const header = await readHeader(bytes)
  if (header === null) throw new Error('the watermark is no image')
  const decoded = await decodePixels(bytes, header, Math.max(box.width, box.height), MAX_MARK_PIXELS)
  return resizePixels(decoded, filling(decoded, box))
}

/** As large as fits into the box: a mark has its share of the width also where that makes it larger than it is. */
function filling(mark: Size, box: Size): Size {
  const scale = Math.min(box.width / mark.width, box.height / mark.height)
  return { width: Math.max(1, Math.round(mark.width * scale)), height: Math.max(1, Math.round(mark.height * scale)) }
}

function withOpacity({ data, width, height, channels }: Pixels, opacity: number): Pixels {
  const rgba = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) rgba[i * 4 + channel] = data[i * channels + channel] ?? 0
    rgba[i * 4 + 3] = Math.round((channels === 4 ? (data[i * 4 + 3] ?? 255) : 255) * opacity)
  }
  return { data: rgba, width, height, channels: 4 }
}

function placed(position: Settings['position'], page: Pixels, mark: Pixels, margin: number) {
  const right = page.width - mark.width
  const bottom = page.height - mark.height
  // On an image with hardly room for it the mark goes to the edge.
  const near = (room: number) => Math.max(0, Math.min(margin, room))
  const far = (room: number) => Math.max(0, room - Math.min(margin, room))
  if (position === 'centre')
    return { left: Math.max(0, Math.round(right / 2)), top: Math.max(0, Math.round(bottom / 2)) }
  return {
    left: position.endsWith('left') ? near(right) : far(right),
    top: position.startsWith('top') ? near(bottom) : far(bottom),
  }
}
