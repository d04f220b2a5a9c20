/** A form that asks Authentication for something: its problems are sentences, and the focus goes to where there is something to do. */
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useOuterTexts } from '../ui/locale.tsx'
import { type Problem, problemOf, sentenceOf } from './problems.ts'

interface Props {
  readonly submit: string
  /** With the fields' values by their names. Rejects with the SDK's error. */
  readonly act: (value: (name: string) => string) => Promise<void>
  /** What was entered is taken out once it is done. */
  readonly clears?: boolean
  /** In place of the usual sentence; null: that one is right. */
  readonly sentence?: (problem: Problem) => string | null
  /** The id of its heading. */
  readonly labelledBy?: string
  readonly children: ReactNode
}

export function AccountForm({ submit, act, clears = false, sentence, labelledBy, children }: Props) {
  const { account } = useOuterTexts()
  const form = useRef<HTMLFormElement>(null)
  const alert = useRef<HTMLParagraphElement>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const text = problem === null ? null : (sentence?.(problem) ?? sentenceOf(problem, account.problems))

  useEffect(() => {
    if (problem === null) return
    // Not every form has every field.
    const field = problem.field === null ? null : form.current?.elements.namedItem(problem.field)
    if (field instanceof HTMLElement) field.focus()
    else alert.current?.focus()
  }, [problem])

  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (busy) return
    const element = event.currentTarget
    const fields = new FormData(element)
    const value = (name: string) => {
      const found = fields.get(name)
      return typeof found === 'string' ? found : ''
    }
    setBusy(true)
    setProblem(null)
    try {
      await act(value)
      if (clears) element.reset()
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }

  return (
    <Form
      ref={form}
      onSubmit={(event) => void onSubmit(event)}
      aria-busy={busy}
      {...(labelledBy !== undefined && { 'aria-labelledby': labelledBy })}
    >
      {children}
      {text !== null && (
        <p role="alert" className="problem" tabIndex={-1} ref={alert}>
          {text}
        </p>
      )}
      {/* Not isPending: React Aria then tells of the button by an element without a name once it has gone. */}
      <Button type="submit" className="react-aria-Button primary">
        {busy ? account.busy : submit}
      </Button>
    </Form>
  )
}
