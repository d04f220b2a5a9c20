/** Decodes a file once; every size that processors ask for is made from that. */
import type { InputFacts } from '../contract/record.ts'
import { fitInside } from './fit.ts'
import { corruptFile, Refusal } from './image-errors.ts'
import type { DecodedImage, Pixels } from './processor.ts'
import { decodePixels, isNativeTimeout, isOutOfMemory, resizePixels } from './sharp.ts'

/**
 * Decodes the first page, fitted inside `maxEdge`. Pages after the first are not decoded, so damage there goes unnoticed.
 * Throws a {@link Refusal} `corrupt`, or the platform's own error where memory or time ran out.
 */
export async function decode(
  bytes: Uint8Array,
  facts: InputFacts,
  maxEdge: number,
  limits: { readonly maxInputPixels: number },
): Promise<DecodedImage> {
  let largest: Pixels
  try {
    largest = await decodePixels(bytes, facts, maxEdge, limits.maxInputPixels)
  } catch (error) {
    if (isOutOfMemory(error) || isNativeTimeout(error)) throw error
    throw new Refusal(corruptFile(facts.format), { cause: error })
  }
  const sizes = new Map([[sizeKey(largest), Promise.resolve(largest)]])

  const pixels = async (edge: number): Promise<Pixels> => {
    if (!Number.isInteger(edge) || edge < 1 || edge > maxEdge) {
      throw new RangeError(`pixels(${edge}): expected a whole number of pixels from 1 to the profile's ${maxEdge}`)
    }
    // Fitted from the original's size, so that the result is the same whichever sizes were asked for before.
    const size = fitInside(facts, edge)
    const made = sizes.get(sizeKey(size)) ?? resizePixels(largest, size.width, size.height)
    sizes.set(sizeKey(size), made)
    return made
  }

  return {
    format: facts.format,
    facts,
    bytes,
    pixels(edge = maxEdge) {
      const made = pixels(edge)
      // A processor may be stopped between asking and awaiting: its failure must not end the process as an unhandled one.
      made.catch(() => {})
      return made
    },
  }
}

const sizeKey = ({ width, height }: { readonly width: number; readonly height: number }) => `${width}x${height}`
