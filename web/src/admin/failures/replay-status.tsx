import type { AdminData } from '../backend.ts'
import { Operation } from '../pieces/operation.tsx'
import type { Replaying } from './use-replay.ts'

interface Props {
  readonly data: AdminData
  readonly replaying: Replaying
  /** Such as `{ rawExpired: 'originals expired' }`, of the counts that an operation keeps. */
  readonly words: Readonly<Record<string, string>>
  /** What was under way when the page was loaded has ended. */
  readonly onFoundEnded: () => void
}

/** What a replay is at, told as it changes. */
export function ReplayStatus({ data, replaying: { state, stop }, words, onFoundEnded }: Props) {
  switch (state.phase) {
    case 'running':
      return (
        <div className="replaying">
          <Operation key={state.operation} data={data} operation={state.operation} words={words} />
          <button type="button" className="small" aria-disabled={state.stopping} onClick={stop}>
            {state.stopping ? 'Stopping…' : 'Stop'}
          </button>
          {state.soFar !== null && (
            <p className="quiet">Before that: {state.soFar} It goes on while this page is open.</p>
          )}
        </div>
      )
    case 'found':
      return (
        <div className="replaying">
          <p className="quiet">This was started before the page was loaded:</p>
          <Operation data={data} operation={state.operation} words={words} onEnd={onFoundEnded} />
        </div>
      )
    case 'failed':
      return (
        <p role="alert" className="problem replaying">
          {state.text}
          {state.started && ' What was started before that goes on; replay again to go on with the rest.'}
        </p>
      )
    case 'idle':
    case 'planning':
    case 'ended':
      return (
        <p role="status" className="replaying">
          {state.phase === 'planning' ? 'Looking at what matches…' : state.phase === 'ended' ? state.text : ''}
        </p>
      )
  }
}
