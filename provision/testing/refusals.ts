import type { Call } from '../resource.ts'
import type { GoogleDouble } from './google.ts'
import { emptyProject, provisionedProject } from './run.ts'
import type { Refusals } from './world.ts'

/** Calls of which the last one is refused, and what has to be so before. The project is one that was provisioned, or an empty one. */
export interface Case {
  readonly calls: readonly Call[]
  readonly before?: (double: GoogleDouble) => void
  readonly empty?: boolean
}
/** One for each refusal, or it does not compile. */
export type Cases<T extends Refusals> = Readonly<Record<keyof T, Case>>

export const one = (method: Call['method'], url: string, body?: unknown, query?: Call['query']): Call => ({
  method,
  url,
  ...(body !== undefined && { body }),
  ...(query && { query }),
})

const DOCUMENTATION =
  /^https:\/\/(cloud\.google\.com|firebase\.google\.com\/docs|google\.aip\.dev|github\.com\/.+\/issues)\//

/** Tests that the double refuses each as its table says. */
export function describeRefusals<T extends Refusals>(service: string, refusals: T, cases: Cases<T>): void {
  describe(`${service} refuses`, () => {
    it.each(Object.keys(refusals))('%s', async (id) => {
      const { status, reason, message, documentation } = refusals[id]!
      const { calls, before, empty = false } = cases[id]!
      const double = empty ? await emptyProject() : await provisionedProject()
      before?.(double)
      for (const call of calls.slice(0, -1)) await double.call(call)
      const refused = { status, reason, message: expect.stringContaining(message) }
      await expect(double.call(calls.at(-1)!)).rejects.toMatchObject(refused)
      expect(documentation).toMatch(DOCUMENTATION)
    })
  })
}
