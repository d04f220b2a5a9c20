import { type SubmitEvent, useId, useRef, useState } from 'react'
import type { SettingsRequest } from '../../../../functions/src/contract/admin.ts'
import type { AdminData, Pause } from '../backend.ts'
import { type Question, useConfirm } from '../pieces/confirm.tsx'
import { dateTime } from '../pieces/format.ts'
import { Outcome, useCall } from './call.tsx'
import { Mark } from './mark.tsx'

interface Props {
  readonly data: AdminData
  readonly pause: Pause | null
  readonly zone: string
}

/** Whether processing is paused, and the switch. */
export function PauseSwitch({ data, pause, zone }: Props) {
  const ask = useConfirm()
  const call = useCall(data, 'adminSettings', (_, { action }) =>
    action === 'pause'
      ? 'Paused: within ten seconds no process takes anything more.'
      : 'Resumed: what waits is taken up within the hour.',
  )
  const state = useRef<HTMLParagraphElement>(null)
  const change = async (question: Question, request: SettingsRequest) => {
    if (!(await ask(question))) return
    await call.start(() => request, { followed: false })
    // What was pressed goes away.
    state.current?.focus()
  }
  return (
    <>
      <p ref={state} tabIndex={-1} className={pause === null ? undefined : 'ill name'}>
        <Mark state={pause === null ? 'agree' : 'differ'} />{' '}
        {pause === null ? 'Images are processed as they arrive.' : pausedText(pause, zone)}
      </p>
      {pause === null ? (
        <PauseForm busy={call.busy} onPause={(reason) => void change(QUESTIONS.pause, { action: 'pause', reason })} />
      ) : (
        <>
          <p className="quiet">Raw images are deleted when they are as old as RAW_DAYS, processed or not.</p>
          <div>
            <button
              type="button"
              disabled={call.busy}
              onClick={() => void change(QUESTIONS.resume, { action: 'resume' })}
            >
              Resume processing
            </button>
          </div>
        </>
      )}
      <Outcome data={data} call={call} />
    </>
  )
}

const QUESTIONS = {
  pause: {
    title: 'Pause all processing?',
    text: 'Nothing more is processed, for any customer, until somebody resumes. Uploads still arrive and wait, and the export goes on.',
    action: 'Pause processing',
  },
  resume: {
    title: 'Resume processing?',
    text: 'Images are processed again within ten seconds. What has arrived meanwhile is handed on by Reconcile, within the hour.',
    action: 'Resume processing',
  },
} as const satisfies Record<string, Question>

function pausedText({ since, by, reason }: Pause, zone: string): string {
  const when = since === null ? '' : ` since ${dateTime(since, zone)}`
  return `Paused${when}${by === '' ? '' : ` by ${by}`}${reason === '' ? '.' : `: ${reason}`}`
}

function PauseForm({ busy, onPause }: { readonly busy: boolean; readonly onPause: (reason: string) => void }) {
  const id = useId()
  const [missing, setMissing] = useState(false)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const reason = (new FormData(event.currentTarget).get('reason') as string).trim()
    setMissing(reason === '')
    if (reason !== '') onPause(reason)
  }
  return (
    <form className="asking" onSubmit={submit} noValidate>
      <label>
        Reason
        <input
          type="text"
          name="reason"
          maxLength={200}
          autoComplete="off"
          aria-invalid={missing}
          aria-describedby={missing ? id : undefined}
        />
      </label>
      <button type="submit" disabled={busy}>
        Pause processing
      </button>
      {missing && (
        <p id={id} role="alert" className="problem">
          Say why: whoever looks next will want to know.
        </p>
      )}
    </form>
  )
}
