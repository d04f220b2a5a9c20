/** The ZIP itself, made while it is written: it never holds more than two results at a time. */
import type { ZipFile, ZipPlan } from './zip-plan.ts'
import { NOT_INCLUDED } from './zip-plan.ts'

export interface ZipContent {
  readonly name: string
  readonly input: Blob | string
  readonly lastModified: Date
}

/** Why a result is not in it: it is not there; it may not be read; the server can't be reached. */
export interface ZipProblem {
  readonly file: ZipFile
  readonly reason: 'missing' | 'denied' | 'unreachable'
}

export interface ZipOptions {
  /** Rejects with the SDK's error, which has a `code`. */
  readonly read: (object: string) => Promise<Blob>
  readonly signal: AbortSignal
  /** After each that is in it, or is known not to be. */
  readonly onProgress: (files: number, bytes: number) => void
  readonly onProblem: (problem: ZipProblem) => void
  /** The text that says what is not in it. It is asked for at the end. */
  readonly note: () => string | null
}

/** Not one of the results could be had: there is no ZIP. */
export class NothingInIt extends Error {
  override readonly name = 'NothingInIt'
}

const AT_A_TIME = 2
/** After as many in a row the rest is not tried: each try takes the SDK half a minute. */
const MAX_UNREACHABLE = 3

/** For client-zip. Ends with the signal's reason as soon as that is aborted, whatever is on its way. */
export async function* contentsOf({ files }: ZipPlan, options: ZipOptions): AsyncGenerator<ZipContent> {
  const { signal, onProgress, onProblem, note } = options
  signal.throwIfAborted()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  aborted.catch(() => {})
  const reading = files.values()
  const ahead: Promise<Fetched>[] = []
  let unreachable = 0
  const readNext = () => {
    const { value: file } = reading.next()
    if (file !== undefined) ahead.push(unreachable < MAX_UNREACHABLE ? fetched(file, options) : skipped(file))
  }
  for (let i = 0; i < AT_A_TIME; i++) readNext()

  let included = 0
  let bytes = 0
  for (let i = 0; i < files.length; i++) {
    const { file, content } = await Promise.race([ahead.shift() ?? aborted, aborted])
    if (content instanceof Blob) {
      unreachable = 0
      included++
      bytes += content.size
      yield { name: file.name, input: content, lastModified: file.modified }
      signal.throwIfAborted()
    } else {
      unreachable = content === 'unreachable' ? unreachable + 1 : 0
      onProblem({ file, reason: content })
    }
    onProgress(i + 1, bytes)
    readNext()
  }
  if (included === 0) throw new NothingInIt('none of the results could be read')
  const text = note()
  if (text !== null) yield { name: NOT_INCLUDED, input: text, lastModified: new Date() }
}

interface Fetched {
  readonly file: ZipFile
  readonly content: Blob | ZipProblem['reason']
}

async function fetched(file: ZipFile, { read }: ZipOptions): Promise<Fetched> {
  try {
    return { file, content: await read(file.object) }
  } catch (error) {
    return { file, content: readProblemOf(error) }
  }
}

const skipped = (file: ZipFile): Promise<Fetched> => Promise.resolve({ file, content: 'unreachable' })

/** https://firebase.google.com/docs/storage/web/handle-errors */
const READ_PROBLEMS: Readonly<Record<string, ZipProblem['reason']>> = {
  'storage/object-not-found': 'missing',
  'storage/unauthorized': 'denied',
  'storage/unauthenticated': 'denied',
}

export const readProblemOf = (error: unknown): ZipProblem['reason'] =>
  READ_PROBLEMS[(error as { readonly code?: string } | null)?.code ?? ''] ?? 'unreachable'
