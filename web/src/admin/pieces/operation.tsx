import { useEffect } from 'react'
import type { AuditEntry } from '../../../../functions/src/contract/admin.ts'
import type { AdminData } from '../backend.ts'
import { inWords } from './format.ts'
import { number } from '../../pieces/format.ts'
import { Notice } from './notice.tsx'
import { useWatch } from '../../pieces/watch.ts'

/** A name for something that is about to be asked for, as OPERATION_ID has it. */
export function newOperation(): string {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0'))
  return `${new Date().toISOString()}~${random.join('')}`
}

interface Props {
  readonly data: AdminData
  readonly operation: string
  /** For the names of its counts, where they don't say it by themselves: `{ replayable: 'started' }`. In the order in which they are told. */
  readonly words?: Readonly<Record<string, string>>
  /** Once, when it has ended. */
  readonly onEnd?: () => void
}

/** How far an operation has got, live, and how it ended. */
export function Operation({ data, operation, words, onEnd }: Props) {
  const watched = useWatch<AuditEntry<Date> | null>(
    (listener, onProblem) => data.watchOperation(operation, listener, onProblem),
    [data, operation],
  )
  const { value, problem } = watched
  const over = value !== null && value.state !== 'started'
  useEffect(() => {
    if (over) onEnd?.()
  }, [over])
  return (
    <div role="status" className="operation" data-state={value?.state ?? 'started'}>
      {problem === null ? <p>{operationText(value, words)}</p> : <Notice watched={watched} />}
    </div>
  )
}

/** Such as "Under way: matching 1,200, replayed 30." */
export function operationText(
  entry: Pick<AuditEntry<Date>, 'state' | 'error' | 'progress'> | null,
  words: Readonly<Record<string, string>> = {},
): string {
  if (entry === null) return 'Starting…'
  // Firestore keeps a map in the order of the alphabet.
  const order = Object.keys(words)
  const counts = Object.entries(entry.progress ?? {})
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([name, count]) => `${words[name] ?? inWords(name)} ${number(count)}`)
  const so = counts.length === 0 ? '' : `: ${counts.join(', ')}`
  if (entry.state === 'started') return `Under way${so}…`
  if (entry.state === 'done') return `Done${so}.`
  return `Failed${so}.${entry.error === null ? '' : ` ${entry.error}`}`
}
