/** Memory, for bench/processing.ts: peaks of single images, each in a process of its own, and what rests after a thousand. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoImages } from '../demo/images.ts'
import { landscape } from '../demo/scene.ts'
import { sharp } from '../demo/sharp.ts'
import { processImage } from '../functions/src/processing/process-image.ts'
import { STANDARD } from '../functions/src/processing/profiles.ts'
import { LIMITS } from '../functions/src/processing/testing/images.ts'
import { ROOT } from '../stack/paths.ts'

export interface Peak {
  readonly name: string
  readonly peakMiB: number
  /** By the model that admission uses. */
  readonly countedMiB: number
}

/** Of a 24 megapixel JPEG, a 24 megapixel PNG of 16 bit, and a GIF of 100 frames. Linux only. */
export async function peaks(): Promise<readonly Peak[]> {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-memory-'))
  try {
    const { data, ...raw } = landscape(6000, 4000, 3)
    const large = sharp(data, { raw })
    const frames = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        large
          .clone()
          .extract({ left: i * 10, top: i * 5, width: 4000, height: 3000 })
          .resize(500, 375)
          .png()
          .toBuffer(),
      ),
    )
    const files = {
      'JPEG, 24 megapixels': await large.clone().jpeg({ quality: 90 }).toBuffer(),
      'PNG, 24 megapixels, 16 bit': await large.clone().toColourspace('rgb16').png({ compressionLevel: 1 }).toBuffer(),
      'GIF, 100 frames of 500 x 375': await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    }
    const program = join(ROOT, 'functions/src/processing/testing/memory-of.ts')
    return Object.entries(files).map(([name, bytes]) => {
      const file = join(folder, 'image')
      writeFileSync(file, bytes)
      const printed = execFileSync(process.execPath, ['--expose-gc', program, file], { encoding: 'utf8' })
      const { peakBytes, countedBytes } = JSON.parse(printed) as { peakBytes: number; countedBytes: number }
      return { name, peakMiB: peakBytes / 2 ** 20, countedMiB: countedBytes / 2 ** 20 }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Resident MiB after 100, 400, 700 and 1,000 images, two in flight. */
export async function resting(): Promise<readonly number[]> {
  const samples = await demoImages()
  const seen: number[] = []
  let done = 0
  const worker = async () => {
    while (done < 1000) {
      const sample = samples[done++ % samples.length]
      if (sample) await processImage(sample.bytes, STANDARD, LIMITS, new AbortController().signal)
      if ([100, 400, 700, 1000].includes(done)) seen.push(process.memoryUsage.rss() / 2 ** 20)
    }
  }
  await Promise.all([worker(), worker()])
  return seen.slice(0, 4)
}
