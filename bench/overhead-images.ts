/** Photo-like images that the benchmark makes itself, so that it runs wherever the repository is. */
import { createRequire } from 'node:module'

const sharp = createRequire(new URL('../functions/package.json', import.meta.url))('sharp') as typeof import('sharp')

export interface Sample {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Broad shapes with grain on them: compresses like a photo, which neither a plain colour nor pure noise does. */
async function photo(width: number, height: number, channels: 3 | 4) {
  const data = new Uint8Array(width * height * channels)
  let seed = 42
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      const grain = (seed >>> 28) - 8
      const wave =
        Math.sin(x / 97) * 60 +
        Math.cos(y / 61) * 50 +
        (Math.hypot(x - width / 3, y - height / 2) < height / 4 ? 40 : 0)
      data[at++] = 128 + wave + grain
      data[at++] = 110 + wave / 2 + grain
      data[at++] = 150 - wave / 2 + grain
      if (channels === 4) data[at++] = x < width / 2 ? 255 : (x * 255) / width
    }
  }
  return sharp(data, { raw: { width, height, channels } })
}

export async function ownImages(): Promise<readonly Sample[]> {
  const camera = await photo(4000, 3000, 3)
  const screen = await photo(1920, 1080, 3)
  const cutOut = await photo(1600, 1200, 4)
  const samples: Sample[] = [
    { name: 'camera.jpg', bytes: await camera.clone().jpeg({ quality: 90 }).toBuffer() },
    {
      name: 'camera-upright.jpg',
      bytes: await camera.clone().jpeg({ quality: 90 }).withMetadata({ orientation: 6 }).toBuffer(),
    },
    { name: 'screen.png', bytes: await screen.clone().png({ compressionLevel: 6 }).toBuffer() },
    { name: 'cut-out.png', bytes: await cutOut.clone().png({ compressionLevel: 6 }).toBuffer() },
    { name: 'screen.webp', bytes: await screen.clone().webp({ quality: 85 }).toBuffer() },
    { name: 'screen.avif', bytes: await screen.clone().avif({ effort: 1 }).toBuffer() },
    { name: 'small.jpg', bytes: await screen.clone().resize(640).jpeg().toBuffer() },
    { name: 'screen.tiff', bytes: await screen.clone().tiff({ compression: 'lzw' }).toBuffer() },
  ]
  return samples
}
