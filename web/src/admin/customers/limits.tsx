import { type ReactNode, useId, useState } from 'react'
import type { SettingsRequest } from '../../../../functions/src/contract/admin.ts'
import { formatList, SENDABLE_FORMATS } from '../../../../functions/src/contract/formats.ts'
import type { AdminData, Change, OwnLimits } from '../backend.ts'
import { useConfirm } from '../pieces/confirm.tsx'
import { dateTime } from '../pieces/format.ts'
import { Notice } from '../pieces/notice.tsx'
import { problemOf } from '../pieces/problem.ts'
import { useWatch } from '../../pieces/watch.ts'
import {
  formatsDraft,
  formatsOf,
  formatsText,
  indented,
  isProblem,
  profilesOf,
  quotaDraft,
  quotaOf,
  quotaText,
  sameFormats,
  sameQuota,
  templateFor,
  withFormat,
} from './limits.ts'

interface Props {
  readonly data: AdminData
  readonly zone: string
  readonly customerId: string
  readonly name: string
}

/** What a customer may send, live, and the forms that change it. */
export function Limits(props: Props) {
  const { data, customerId } = props
  const watched = useWatch<OwnLimits>(
    (listener, onProblem) => data.watchLimits(customerId, listener, onProblem),
    [data, customerId],
  )
  const limits = watched.value
  return (
    <section className="limits" aria-labelledby="limits">
      <h2 id="limits">What it may send</h2>
      <p className="quiet">
        Functions that are running take a change up within a minute. Each change is kept in the log of what admins did.
      </p>
      <Notice watched={watched} />
      {limits !== null && (
        <div className="columns">
          <QuotaForm {...props} limits={limits} />
          <FormatsForm {...props} limits={limits} />
          <ProfilesForm {...props} limits={limits} />
        </div>
      )}
    </section>
  )
}

type FormProps = Props & { readonly limits: OwnLimits }

function QuotaForm({ data, zone, customerId, name, limits: { quota, changed } }: FormProps) {
  const ask = useConfirm()
  const saving = useSaving(data)
  const [draft, setDraft] = useDraft(quotaDraft(quota), sameQuota)
  const wanted = quotaOf(draft)
  const problem = isProblem(wanted) ? wanted.problem : null
  const id = useId()
  const save = async () => {
    if (isProblem(wanted)) return
    const stops = wanted.quota?.dailyImages === 0
    if (stops && !(await ask({ title: `Take no images of ${name}?`, text: STOPPED, action: 'Take no images' }))) return
    await saving.save({ action: 'quota', customerId, quota: wanted.quota }, `Saved. ${quotaText(wanted.quota)}`)
  }
  const choice = (value: typeof draft.choice, label: string) => (
    <Choice
      name={id}
      label={label}
      chosen={draft.choice === value}
      onChoose={() => setDraft({ ...draft, choice: value })}
    />
  )
  return (
    <Form
      title="Images a day"
      now={quotaText(quota)}
      note={<LastChange change={changed} zone={zone} of="Quota or formats were" />}
      saving={saving}
      able={!sameQuota(draft, quotaDraft(quota)) && problem === null}
      onSave={save}
    >
      {choice('default', 'As many as everyone')}
      {choice('unlimited', 'Any number')}
      {choice('own', 'At most')}
      <label className="indented amount">
        Images a day
        <input
          type="text"
          inputMode="numeric"
          value={draft.images}
          aria-invalid={problem !== null && draft.images !== ''}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          onChange={({ target }) => setDraft({ choice: 'own', images: target.value })}
        />
      </label>
      {problem !== null && (
        <p id={`${id}-problem`} className="quiet indented">
          {problem}
        </p>
      )}
    </Form>
  )
}

const STOPPED =
  'From then on each image that arrives ends as failed, with a reason that the customer reads. What was processed before stays.'

function FormatsForm({ data, zone, customerId, name, limits: { formats, changed } }: FormProps) {
  const ask = useConfirm()
  const saving = useSaving(data)
  const [draft, setDraft] = useDraft(formatsDraft(formats), sameFormats)
  const id = useId()
  const save = async () => {
    const wanted = formatsOf(draft)
    const stops = wanted?.length === 0
    if (stops && !(await ask({ title: `Take no format of ${name}?`, text: STOPPED, action: 'Take no images' }))) return
    await saving.save({ action: 'formats', customerId, formats: wanted }, `Saved. ${formatsText(wanted)}`)
  }
  const choice = (value: typeof draft.choice, label: string) => (
    <Choice
      name={id}
      label={label}
      chosen={draft.choice === value}
      onChoose={() => setDraft(value === 'all' ? formatsDraft(null) : { ...draft, choice: value })}
    />
  )
  return (
    <Form
      title="Formats"
      now={formatsText(formats)}
      note={<LastChange change={changed} zone={zone} of="Quota or formats were" />}
      saving={saving}
      able={!sameFormats(draft, formatsDraft(formats))}
      onSave={save}
    >
      {choice('all', 'Every format that is processed')}
      {choice('own', 'Only these')}
      <div className="indented choices" role="group" aria-label="Formats that it may send">
        {SENDABLE_FORMATS.map((format) => (
          <label key={format}>
            <input
              type="checkbox"
              checked={draft.formats.includes(format)}
              onChange={({ target }) =>
                setDraft({ choice: 'own', formats: withFormat(draft.formats, format, target.checked) })
              }
            />{' '}
            {formatList([format])}
          </label>
        ))}
      </div>
      <p className="quiet indented">
        A format is told by an image’s bytes. SVG is processed only where ALLOW_SVG is yes.
      </p>
    </Form>
  )
}

function ProfilesForm({ data, zone, customerId, name, limits: { profiles, profilesChanged } }: FormProps) {
  const ask = useConfirm()
  const saving = useSaving(data)
  const live = profiles === null ? '' : indented(profiles)
  const [text, setText] = useDraft(live, (a, b) => a === b)
  const wanted = text.trim() === '' ? null : profilesOf(text)
  const problem = wanted !== null && isProblem(wanted) ? wanted.problem : null
  const id = useId()
  const save = async () => {
    if (wanted === null || isProblem(wanted)) return
    const { profiles: own } = wanted
    // As it will come back.
    if (await saving.save({ action: 'profiles', customerId, profiles: own }, 'Saved: it has these profiles now.'))
      setText(indented(text))
  }
  const revert = async () => {
    const question = {
      title: `Let the project’s profiles apply to ${name}?`,
      text: 'Its own profiles are deleted. Images that were processed by them stay as they are.',
      action: 'Delete its own profiles',
    }
    if (!(await ask(question))) return
    if (await saving.save({ action: 'profiles', customerId, profiles: null }, 'Saved: the project’s profiles apply.'))
      setText('')
  }
  return (
    <Form
      title="Profiles"
      now={profiles === null ? 'The project’s profiles.' : 'Profiles of its own.'}
      note={<LastChange change={profilesChanged} zone={zone} of="They were" />}
      saving={saving}
      able={wanted !== null && problem === null && text.trim() !== live.trim()}
      onSave={save}
      more={
        <>
          {text.trim() === '' && (
            <button type="button" onClick={() => setText(templateFor(name))}>
              Begin with a template
            </button>
          )}
          {profiles !== null && (
            <button type="button" aria-disabled={saving.busy} onClick={() => saving.busy || void revert()}>
              Back to the project’s
            </button>
          )}
        </>
      }
    >
      <label>
        Its own profiles, as JSON
        <textarea
          rows={Math.min(24, Math.max(4, text.split('\n').length))}
          value={text}
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-help`}
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <p id={`${id}-help`} className={problem === null ? 'quiet' : 'problem'}>
        {problem ??
          '"profiles" names lists of processors with their settings; the first of "choose" that fits an image decides. The server checks all of it before anything is changed.'}
      </p>
    </Form>
  )
}

interface ChoiceProps {
  /** The same for all of which one is chosen. */
  readonly name: string
  readonly label: string
  readonly chosen: boolean
  readonly onChoose: () => void
}

const Choice = ({ name, label, chosen, onChoose }: ChoiceProps) => (
  <label>
    <input type="radio" name={name} checked={chosen} onChange={onChoose} /> {label}
  </label>
)

interface FormShellProps {
  readonly title: string
  /** What holds now: a sentence. */
  readonly now: string
  readonly note: ReactNode
  readonly saving: Saving
  /** There is something to save. */
  readonly able: boolean
  readonly children: ReactNode
  /** Buttons beside "Save". */
  readonly more?: ReactNode
  readonly onSave: () => Promise<void>
}

function Form({ title, now, note, saving: { busy, saved, refused }, able, children, more, onSave }: FormShellProps) {
  const id = useId()
  return (
    <form
      className="card-section limit"
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault()
        if (able && !busy) void onSave()
      }}
    >
      <h3 id={id}>{title}</h3>
      <p className="now">{now}</p>
      {note}
      <fieldset disabled={busy}>{children}</fieldset>
      <div className="buttons start">
        {/* Not disabled, which would lose the focus. */}
        <button type="submit" className="primary" aria-disabled={!able || busy}>
          {busy ? 'Saving…' : 'Save'}
          <span className="visually-hidden">: {title}</span>
        </button>
        {more}
      </div>
      <p role="status" className="answer">
        {saved}
      </p>
      {refused !== null && (
        <p role="alert" className="problem answer">
          {refused}
        </p>
      )}
    </form>
  )
}

function LastChange({
  change,
  zone,
  of,
}: {
  readonly change: Change | null
  readonly zone: string
  readonly of: string
}) {
  if (change === null) return null
  return (
    <p className="quiet name">
      {of} last set by {change.by}, {dateTime(change.at, zone)}.
    </p>
  )
}

interface Saving {
  readonly busy: boolean
  /** Sentences for the last answer. */
  readonly saved: string | null
  readonly refused: string | null
  /** True where it was done. */
  save(request: SettingsRequest, saved: string): Promise<boolean>
}

function useSaving(data: AdminData): Saving {
  const [state, setState] = useState<Omit<Saving, 'save'>>({ busy: false, saved: null, refused: null })
  const save = async (request: SettingsRequest, saved: string) => {
    setState({ busy: true, saved: null, refused: null })
    try {
      await data.call('adminSettings', request)
      setState({ busy: false, saved, refused: null })
      return true
    } catch (error) {
      setState({ busy: false, saved: null, refused: problemOf(error) })
      return false
    }
  }
  return { ...state, save }
}

/** What is being edited; as soon as it says what holds, it follows what holds. */
function useDraft<T>(live: T, same: (a: T, b: T) => boolean): readonly [T, (draft: T) => void] {
  const [draft, setDraft] = useState<T | null>(null)
  if (draft !== null && same(draft, live)) setDraft(null)
  return [draft ?? live, setDraft]
}
