/** The images that the demo uploads. The project makes them itself, the same bytes each time: no file of somebody else's. */
import { crc32, deflateSync } from 'node:zlib'
import type { Format } from '../functions/src/contract/formats.ts'
import type { Outcome } from '../functions/src/contract/outcomes.ts'
import { landscape, type Raster } from './scene.ts'
import { sharp } from './sharp.ts'

export interface DemoImage {
  readonly name: string
  readonly bytes: Uint8Array
  /** As a browser would send it: by the name's ending. */
  readonly contentType: string
  /** What the pipeline must say of it. */
  readonly expected: { readonly format: Format; readonly outcome: Outcome }
}

/** EXIF 2.32, 4.6.4 A: how the stored pixels must be turned to be upright. */
export const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const
export type Orientation = (typeof ORIENTATIONS)[number]

/** Upright, in pixels. */
export const PHOTO = { width: 2400, height: 1600 }

const open = ({ data, width, height, channels }: Raster) => sharp(data, { raw: { width, height, channels } })

/** The rotation (clockwise, before mirroring) by which a camera held that way would have stored an upright scene. */
const STORED: Readonly<Record<Orientation, { readonly rotate: number; readonly mirror: boolean }>> = {
  1: { rotate: 0, mirror: false },
  2: { rotate: 0, mirror: true },
  3: { rotate: 180, mirror: false },
  4: { rotate: 180, mirror: true },
  5: { rotate: 270, mirror: true },
  6: { rotate: 270, mirror: false },
  7: { rotate: 90, mirror: true },
  8: { rotate: 90, mirror: false },
}

/** A JPEG as a camera writes it: turned, with the time, the lens and the place (off Land's End) in its EXIF. */
export async function cameraPhoto(orientation: Orientation): Promise<Uint8Array> {
  const { rotate, mirror } = STORED[orientation]
  const turned = open(landscape(PHOTO.width, PHOTO.height, orientation)).rotate(rotate)
  return (mirror ? turned.flop() : turned)
    .jpeg({ quality: 88 })
    .withExif({
      IFD0: { Make: 'Darkroom', Model: 'Demo 1', Software: 'darkroom', DateTime: '2026:05:04 10:20:30' },
      IFD2: {
        DateTimeOriginal: '2026:05:04 10:20:30',
        ExposureTime: '1/250',
        FNumber: '28/10',
        ISOSpeedRatings: '100',
        FocalLength: '35/1',
      },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '50/1 4/1 60/10', GPSLongitudeRef: 'W', GPSLongitude: '5/1 50/1 0/1' },
    })
    .withMetadata({ orientation })
    .toBuffer()
}

/** Pages of one size in one file: frames of a GIF, pages of a TIFF. */
const pages = async (width: number, height: number, count: number) =>
  sharp(
    await Promise.all(
      Array.from({ length: count }, (_, page) =>
        open(landscape(width, height, page))
          .png({ compressionLevel: 1 })
          .toBuffer(),
      ),
    ),
    { join: { animated: true } },
  )

/** A chunk as PNG 1.2, 3.2 wants it: length, type, data, CRC over type and data. */
function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(data.length + 12)
  chunk.writeUInt32BE(data.length, 0)
  chunk.write(type, 4, 'latin1')
  chunk.set(data, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8)
  return chunk
}

/** A few dozen bytes whose header declares 8-bit RGB of any size: a decompression bomb's promise. */
export function declaringPng(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  return Buffer.concat([
    Uint8Array.from(signature),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(new Uint8Array(1024))),
    pngChunk('IEND', new Uint8Array()),
  ])
}

const good = (format: Format) => ({ format, outcome: 'processed' }) as const

/** Makes them all, in about two seconds: thirteen that are processed and four that are not. */
export async function demoImages(): Promise<readonly DemoImage[]> {
  const photos = await Promise.all(
    ORIENTATIONS.map(async (orientation): Promise<DemoImage> => ({
      name: `landscape-${orientation}.jpg`,
      bytes: await cameraPhoto(orientation),
      contentType: 'image/jpeg',
      expected: good('jpeg'),
    })),
  )
  const image = async (
    name: string,
    contentType: string,
    expected: DemoImage['expected'],
    bytes: Promise<Uint8Array> | Uint8Array,
  ): Promise<DemoImage> => ({ name, bytes: await bytes, contentType, expected })
  const photo = photos[0]?.bytes ?? new Uint8Array()
  return [
    ...photos,
    ...(await Promise.all([
      image(
        'hills-cut-out.png',
        'image/png',
        good('png'),
        open(landscape(1200, 800, 9, true))
          .png()
          .toBuffer(),
      ),
      image(
        'evening.webp',
        'image/webp',
        good('webp'),
        open(landscape(1600, 1000, 1))
          .webp({ quality: 82 })
          .toBuffer(),
      ),
      image(
        'haze.avif',
        'image/avif',
        good('avif'),
        open(landscape(1200, 800, 2))
          .avif({ effort: 1 })
          .toBuffer(),
      ),
      image(
        'weather.gif',
        'image/gif',
        good('gif'),
        (await pages(320, 200, 4)).gif({ delay: 500, loop: 0 }).toBuffer(),
      ),
      image(
        'scans.tiff',
        'image/tiff',
        good('tiff'),
        (await pages(600, 800, 3)).tiff({ compression: 'lzw' }).toBuffer(),
      ),
      image('cut-off.jpg', 'image/jpeg', { format: 'jpeg', outcome: 'corrupt' }, photo.slice(0, photo.length * 0.6)),
      image(
        'shopping-list.jpg',
        'image/jpeg',
        { format: 'text', outcome: 'unsupported-format' },
        new TextEncoder().encode('Milk, bread, film.\n'.repeat(20)),
      ),
      image('vast.png', 'image/png', { format: 'png', outcome: 'too-large' }, declaringPng(60_000, 60_000)),
      image('nothing.jpg', 'image/jpeg', { format: 'unknown', outcome: 'empty' }, new Uint8Array()),
    ])),
  ]
}
