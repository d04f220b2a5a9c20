/**
 * A process that measures what one image takes: `node memory-of.ts FILE [PROFILE]`, PROFILE being the renditions' settings as JSON, else the
 * standard profile. Prints {peakBytes, countedBytes} as JSON. Linux only: it reads and resets the high-water mark of resident memory.
 * https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { admit } from '../admit.ts'
import { processImage } from '../process-image.ts'
import { defineProfile, step } from '../profile.ts'
import { STANDARD } from '../profiles.ts'
import { renditions } from '../processors/renditions.ts'
import { LIMITS, smallImages } from './images.ts'

const [file = '', settings] = process.argv.slice(2)
const profile =
  settings === undefined ? STANDARD : defineProfile('measured', [step(renditions, JSON.parse(settings) as object)])
const limits = {
  ...LIMITS,
  maxInputEdge: Infinity,
  maxDecodedBytes: Infinity,
  maxInputBytes: Infinity,
  maxInputPixels: 1e9,
  allowSvg: true,
}
const never = new AbortController().signal
const status = (field: string) =>
  1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

// What is loaded and allocated once is not the image's.
for (const bytes of Object.values(await smallImages())) await processImage(bytes, profile, limits, never)
const bytes = readFileSync(file)
const admission = await admit(bytes, profile, limits)
if (!admission.admitted) throw new Error(admission.error.message)
globalThis.gc?.()
writeFileSync('/proc/self/clear_refs', '5')
const before = status('VmRSS')
const result = await processImage(bytes, profile, limits, never)
if (result.outcome !== 'processed') throw new Error(result.error.message, { cause: result.internal })
const peakBytes = status('VmHWM') - before
console.log(JSON.stringify({ peakBytes, countedBytes: admission.neededBytes }))
