/**
 * `node tests/faults/process-folder.ts FOLDER [NAME...]`: processes a folder's files, or those that are named, as a function does,
 * two at a time in one process, and writes a line of JSON when it takes one up and one when it is done.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sharp } from '../../demo/sharp.ts'
import { parseSettings } from '../../functions/src/config/settings.ts'
import type { InputFacts } from '../../functions/src/contract/record.ts'
import { processImage } from '../../functions/src/processing/process-image.ts'
import { STANDARD } from '../../functions/src/processing/profiles.ts'

export type Line =
  | { readonly name: string; readonly begun: true }
  | { readonly name: string; readonly thrown: string }
  | {
      readonly name: string
      readonly outcome: string
      readonly input: InputFacts
      readonly message: string | null
      /** For whoever looks into a failure; never for the customer. */
      readonly internal: string | null
      /** Sound where it is a WebP with a size of its own. */
      readonly outputs: readonly { readonly name: string; readonly sound: boolean }[]
      readonly milliseconds: number
    }
  /** The last: bytes of memory at most, of the process and of libvips alone (that it asked for, touched or not). */
  | { readonly peakResident: number; readonly peakVips: number }

const CONCURRENCY = 2
const settings = parseSettings({ RAW_BUCKET: 'raw', PROCESSED_BUCKET: 'processed' })
const say = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`)

async function take(folder: string, name: string): Promise<Line> {
  const bytes = await readFile(join(folder, name))
  const start = performance.now()
  try {
    const result = await processImage(bytes, STANDARD, settings, new AbortController().signal)
    const { outcome, input } = result
    const outputs = result.outcome === 'processed' ? result.outputs : []
    return {
      name,
      outcome,
      input,
      message: 'error' in result ? result.error.message : null,
      internal: 'internal' in result ? String(result.internal) : null,
      outputs: outputs.map((output) => ({
        name: output.name,
        sound:
          Buffer.from(output.bytes).toString('latin1', 8, 12) === 'WEBP' &&
          (output.width ?? 0) > 0 &&
          (output.height ?? 0) > 0,
      })),
      milliseconds: Math.round(performance.now() - start),
    }
  } catch (error) {
    return { name, thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

if (import.meta.main) {
  const [folder = '.', ...named] = process.argv.slice(2)
  const queue = (named.length > 0 ? named : (await readdir(folder)).sort()).values()
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const name of queue) {
        say({ name, begun: true })
        say(await take(folder, name))
      }
    }),
  )
  const MB = 2 ** 20
  say({ peakResident: process.resourceUsage().maxRSS * 1024, peakVips: sharp.cache().memory.high * MB })
}
