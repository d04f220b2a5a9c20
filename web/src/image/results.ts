/** Which of an image's results to show and to take home. */
import { MAX_CUSTOMER_ATTEMPTS } from '../../../functions/src/contract/customer.ts'
import type { ErrorCode } from '../../../functions/src/contract/outcomes.ts'
import type { Output } from '../../../functions/src/contract/record.ts'
import type { Card } from '../gallery/cards.ts'
import { extensionOf } from '../ui/save.ts'

const pixels = ({ width, height }: Output) => (width ?? 0) * (height ?? 0)

/** The largest first: by pixels, then by bytes. */
export const resultsOf = ({ outputs }: Pick<Card, 'outputs'>): readonly Output[] =>
  outputs.toSorted((a, b) => pixels(b) - pixels(a) || b.bytes - a.bytes)

/** Whether there is something to take home. An image that is processed anew keeps its results meanwhile. */
export const isReady = ({ status, outputs, deletedAt }: Pick<Card, 'status' | 'outputs' | 'deletedAt'>) =>
  status === 'done' && outputs.length > 0 && deletedAt === null

/** The smallest picture that fills as many device pixels in width, or else the largest; null: there is none that a browser shows. */
export function previewOf(outputs: readonly Output[], wantedPixels: number): Output | null {
  const shown = outputs.filter((output) => extensionOf(output.contentType) !== 'bin' && pixels(output) > 0)
  const ascending = shown.toSorted((a, b) => pixels(a) - pixels(b))
  return ascending.find(({ width }) => (width ?? 0) >= wantedPixels) ?? ascending.at(-1) ?? null
}

/** The same bytes would end the same way, or there are none. */
const FINAL: readonly ErrorCode[] = ['empty', 'unsupported-format', 'too-large', 'corrupt', 'object-gone']

/** Whether another try may help, and a customer may have it. What the server says counts. */
export const mayRetry = ({ status, error, attempt }: Pick<Card, 'status' | 'error' | 'attempt'>) =>
  status === 'failed' && error !== null && !FINAL.includes(error.code) && attempt < MAX_CUSTOMER_ATTEMPTS
