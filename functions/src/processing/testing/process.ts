import { processImage, type ProcessedImage } from '../process-image.ts'
import { defineProfile, type Step } from '../profile.ts'
import { LIMITS } from './images.ts'

/** What these steps make of an image; throws where it does not end well. */
export async function processed(bytes: Uint8Array, ...steps: readonly Step[]): Promise<ProcessedImage> {
  const result = await processImage(bytes, defineProfile('test', steps), LIMITS, new AbortController().signal)
  if (result.outcome !== 'processed') {
    throw new Error(`${result.outcome}: ${result.error.message}`, { cause: result.internal })
  }
  return result
}
