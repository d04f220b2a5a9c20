/** What a chosen file is, by its first bytes: whether it is worth sending, and under which name and type. */
import { checkFile, mediaTypeOf, type CheckProblem } from '../../../functions/src/contract/checks.ts'
import { type Format, SNIFF_BYTES, sniffFormat } from '../../../functions/src/contract/formats.ts'
import { rawName } from '../../../functions/src/contract/names.ts'

export interface Accepted {
  readonly format: Format
  readonly contentType: string
  readonly objectName: string
}

export type Examined = Accepted | { readonly format: Format; readonly problem: CheckProblem }

/** `own`: the only formats that the customer may send, as far as it is known. */
export async function examine(
  file: File,
  customerId: string,
  uploadId: string,
  own: readonly Format[] | null,
): Promise<Examined> {
  let head: Uint8Array
  try {
    head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer())
  } catch {
    return { format: 'unknown', problem: { code: 'unreadable' } }
  }
  const format = sniffFormat(head)
  const refusal = checkFile({ name: file.name, size: file.size, head }, own)
  if (refusal !== null) return { format, problem: refusal.problem }
  try {
    const objectName = rawName({ source: 'web', customerId, uploadId, fileName: file.name })
    return { format, contentType: mediaTypeOf(head), objectName }
  } catch {
    return { format, problem: { code: 'name' } }
  }
}
