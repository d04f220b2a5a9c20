import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demoImages } from '../../demo/images.ts'
import { sharp } from '../../demo/sharp.ts'
import type { AcceptedFormat } from '../../functions/src/contract/formats.ts'

const FIXTURES = new URL('../../functions/src/processing/testing/fixtures', import.meta.url).pathname

/** A sound file, small enough that hundreds of its kind are processed in seconds. */
export interface SeedFile {
  readonly name: string
  readonly format: AcceptedFormat
  readonly bytes: Uint8Array
}

/**
 * The demo's images, shrunk, in every structure that our formats commonly have: baseline and progressive, grey and CMYK JPEGs in
 * all orientations; interlaced, palette and 16-bit PNGs; lossy, lossless and animated WebPs; AVIFs with alpha, EXIF and profile;
 * GIFs of one and several frames; TIFFs of several pages, in strips and tiles, classic and big; HEICs.
 */
export async function seedFiles(): Promise<readonly SeedFile[]> {
  const images = new Map((await demoImages()).map(({ name, bytes }) => [name, bytes]))
  const small = (name: string, edge = 160) =>
    sharp(images.get(name), { pages: /gif|tiff/.test(name) ? -1 : 1 }).resize(edge)
  const photo = (orientation: number) => small(`landscape-${orientation}.jpg`).keepExif()
  const make = async (name: string, format: AcceptedFormat, image: ReturnType<typeof sharp>): Promise<SeedFile> => ({
    name,
    format,
    bytes: new Uint8Array(await image.toBuffer()),
  })
  return Promise.all([
    make('turned-1', 'jpeg', photo(1).withIccProfile('p3').jpeg({ progressive: true })),
    make('turned-2', 'jpeg', photo(2).jpeg()),
    make('turned-3', 'jpeg', photo(3).toColourspace('cmyk').jpeg()),
    make('turned-4', 'jpeg', photo(4).toColourspace('b-w').jpeg()),
    make('turned-5', 'jpeg', photo(5).jpeg({ chromaSubsampling: '4:4:4', optimiseCoding: true })),
    make('turned-6', 'jpeg', photo(6).withIccProfile('p3').jpeg()),
    make('turned-7', 'jpeg', photo(7).jpeg({ progressive: true })),
    make('turned-8', 'jpeg', photo(8).jpeg()),
    make('alpha', 'png', small('hills-cut-out.png').png()),
    make('interlaced', 'png', photo(6).withIccProfile('p3').png({ progressive: true })),
    make('deep', 'png', small('hills-cut-out.png', 90).toColourspace('rgb16').png()),
    make('palette', 'png', small('hills-cut-out.png', 240).png({ palette: true, colours: 16 })),
    make('lossy', 'webp', small('evening.webp').webp()),
    make('described', 'webp', photo(8).withIccProfile('p3').webp({ lossless: true, effort: 0 })),
    make('alpha', 'webp', small('hills-cut-out.png').webp({ effort: 0 })),
    make('animated', 'webp', small('weather.gif', 96).webp({ effort: 0 })),
    make('plain', 'avif', small('haze.avif').avif({ effort: 0 })),
    make('described', 'avif', photo(5).withIccProfile('p3').avif({ effort: 0 })),
    make('alpha', 'avif', small('hills-cut-out.png').avif({ effort: 0 })),
    make('animated', 'gif', small('weather.gif', 120).gif({ effort: 1 })),
    make('still', 'gif', small('evening.webp', 90).gif({ effort: 1, progressive: true })),
    make('pages', 'tiff', small('scans.tiff', 80).tiff({ compression: 'lzw' })),
    make(
      'tiles',
      'tiff',
      photo(3).withIccProfile('p3').tiff({ compression: 'deflate', tile: true, tileWidth: 64, tileHeight: 64 }),
    ),
    make('big', 'tiff', small('hills-cut-out.png', 100).tiff({ compression: 'none', bigtiff: true })),
    make('jpeg-strips', 'tiff', small('evening.webp').tiff({ compression: 'jpeg' })),
    // sharp makes none.
    ...(['p3', 'alpha', 'ten-bit'] as const).map(async (name) => ({
      name,
      format: 'heic' as const,
      bytes: new Uint8Array(await readFile(join(FIXTURES, `${name}.heic`))),
    })),
  ])
}

/** What once took 1.2 GB of a process for 80 MB of samples: sound, within the limit on pixels, and to be refused. */
export async function longFile(): Promise<SeedFile> {
  const image = sharp({
    create: { width: 1_000_000, height: 20, channels: 4, background: { r: 9, g: 99, b: 199, alpha: 0.5 } },
  })
  return { name: 'long', format: 'png', bytes: new Uint8Array(await image.png({ compressionLevel: 1 }).toBuffer()) }
}
