import { useState } from 'react'
import type { AdminCall, AdminCalls } from '../../../../functions/src/contract/admin.ts'
import type { AdminData } from '../backend.ts'
import { newOperation, Operation } from '../pieces/operation.tsx'
import { problemOf } from '../pieces/problem.ts'

export interface Call<Name extends AdminCall> {
  readonly busy: boolean
  /** To be followed while it is under way; null: there is nothing to follow. */
  readonly operation: string | null
  /** What came of it, in a sentence. */
  readonly said: string | null
  readonly problem: string | null
  /** `followed`: whether `audit/{operation}` tells how far it is. */
  start(request: (operation: string) => AdminCalls[Name][0], options?: { readonly followed?: boolean }): Promise<void>
}

const IDLE = { busy: false, operation: null, said: null, problem: null }

/** Something that an admin asks for by a button. */
export function useCall<Name extends AdminCall>(
  data: AdminData,
  name: Name,
  sentence: (answer: AdminCalls[Name][1], request: AdminCalls[Name][0]) => string,
): Call<Name> {
  const [state, setState] = useState<Omit<Call<Name>, 'start'>>(IDLE)
  return {
    ...state,
    async start(request, { followed = true } = {}) {
      const operation = newOperation()
      const asked = request(operation)
      setState({ ...IDLE, busy: true, operation: followed ? operation : null })
      try {
        const answer = await data.call(name, asked)
        setState({ ...IDLE, said: sentence(answer, asked) })
      } catch (error) {
        // What took too long to answer goes on all the same, and can still be followed.
        setState((last) => ({ ...last, busy: false, problem: problemOf(error) }))
      }
    },
  }
}

/** How far it is, and what came of it. */
export function Outcome<Name extends AdminCall>({
  data,
  call: { operation, said, problem },
}: {
  readonly data: AdminData
  readonly call: Call<Name>
}) {
  return (
    <>
      {operation !== null && <Operation data={data} operation={operation} />}
      <div role="status">{said !== null && <p>{said}</p>}</div>
      <div role="alert">{problem !== null && <p className="problem">{problem}</p>}</div>
    </>
  )
}
