import { sniffFormat } from '../functions/src/contract/formats.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import { processImage } from '../functions/src/processing/process-image.ts'
import { STANDARD } from '../functions/src/processing/profiles.ts'
import { cameraPhoto, demoImages, ORIENTATIONS, PHOTO, type DemoImage } from './images.ts'
import { landscape } from './scene.ts'
import { sharp } from './sharp.ts'

let images: readonly DemoImage[]
beforeAll(async () => {
  images = await demoImages()
})
const named = (name: string): Uint8Array => {
  const image = images.find((candidate) => candidate.name === name)
  if (image === undefined) throw new Error(`no image is called ${name}`)
  return image.bytes
}

/** Mean difference per sample of two pictures at 60 x 40. */
async function difference(one: ReturnType<typeof sharp>, other: ReturnType<typeof sharp>): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map((image) => image.resize(60, 40, { fit: 'fill' }).removeAlpha().raw().toBuffer()),
  )
  if (a === undefined || b?.length !== a.length) throw new Error('the pictures have different shapes')
  return a.reduce((sum, sample, i) => sum + Math.abs(sample - (b[i] ?? 0)), 0) / a.length
}

it('makes the same bytes each time', async () => {
  expect(Buffer.compare(await cameraPhoto(6), named('landscape-6.jpg'))).toBe(0)
})

it('has thirteen images that are processed and four that are not, each under a name of its own', () => {
  const outcomes = images.map(({ expected }) => expected.outcome)
  expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(13)
  expect(outcomes.filter((outcome) => outcome !== 'processed').sort()).toEqual([
    'corrupt',
    'empty',
    'too-large',
    'unsupported-format',
  ])
  expect(new Set(images.map(({ name }) => name)).size).toBe(images.length)
})

it.each(ORIENTATIONS)(
  'holds a photo stored in EXIF orientation %i that is upright once turned',
  async (orientation) => {
    const bytes = named(`landscape-${orientation}.jpg`)
    const metadata = await sharp(bytes).metadata()
    expect(metadata).toMatchObject({ format: 'jpeg', orientation })
    expect(metadata.width).toBe(orientation < 5 ? PHOTO.width : PHOTO.height)
    const upright = landscape(PHOTO.width, PHOTO.height, orientation)
    const scene = sharp(upright.data, { raw: { width: upright.width, height: upright.height, channels: 3 } })
    expect(await difference(sharp(bytes).autoOrient(), scene)).toBeLessThan(2)
  },
)

it('has a camera, a time and a place in the EXIF of its photos, as what must not reach a result', async () => {
  const { exif } = await sharp(named('landscape-3.jpg')).metadata()
  const text = exif?.toString('latin1') ?? ''
  expect(text).toContain('Demo 1')
  expect(text).toContain('2026:05:04')
  // The GPS directory's tag and its reference north: EXIF 2.32, 4.6.6.
  expect(exif?.includes(Buffer.from([0x01, 0x00, 0x02, 0x00, 0x02, 0x00, 0x00, 0x00, 0x4e]))).toBe(true)
})

it('has photos as large as photos are: neither flat colour nor noise', () => {
  const bytesPerPixel = named('landscape-1.jpg').length / (PHOTO.width * PHOTO.height)
  expect(bytesPerPixel).toBeGreaterThan(0.1)
  expect(bytesPerPixel).toBeLessThan(1)
})

it('has alpha in the PNG, frames in the GIF and pages in the TIFF', async () => {
  expect(await sharp(named('hills-cut-out.png')).stats()).toMatchObject({ isOpaque: false })
  expect(await sharp(named('weather.gif')).metadata()).toMatchObject({ format: 'gif', pages: 4, loop: 0 })
  expect(await sharp(named('scans.tiff')).metadata()).toMatchObject({ format: 'tiff', pages: 3 })
  expect(await sharp(named('haze.avif')).metadata()).toMatchObject({ format: 'heif', compression: 'av1' })
})

it('has a PNG of under a hundred bytes that declares 60000 x 60000 and is otherwise sound', async () => {
  const bytes = named('vast.png')
  expect(bytes.length).toBeLessThan(100)
  const metadata = await sharp(bytes, { limitInputPixels: false }).metadata()
  expect(metadata).toMatchObject({ format: 'png', width: 60_000, height: 60_000 })
})

it('has for each image the format and the outcome that the pipeline gives it', async () => {
  const settings = parseSettings({ RAW_BUCKET: 'raw', PROCESSED_BUCKET: 'processed' })
  for (const { name, bytes, expected } of images) {
    const result = await processImage(bytes, STANDARD, settings, AbortSignal.timeout(60_000))
    expect({ name, format: result.input.format, outcome: result.outcome }).toEqual({ name, ...expected })
    expect(sniffFormat(bytes)).toBe(expected.format)
  }
})
