/** The frame of the admin's callables: who calls, what is asked, what is kept in `audit/`, and what is said where it fails. Plain: index.ts is Firebase. */
import { adminPath, type AdminCall, type AdminCalls } from '../contract/admin.ts'
import type { Log } from '../intake/log.ts'
import { ProfileError } from '../processing/profile.ts'
import { KEPT, REQUESTS } from './admin-requests.ts'
import { audited, OperationExists, type AuditDeps, type Progress } from './audit.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { refusalOf, Refused, type Caller } from './refused.ts'

export interface CallContext {
  /** E-mail address, or the user’s id where it has none. */
  readonly by: string
  /** Kept in `audit/{operation}`, at most once a second; nowhere where nothing is changed. */
  readonly progress: (counts: Progress) => void
  /** Whether to end, and to leave the rest to a call of its own. */
  readonly outOfTime: () => boolean
}

/** What a callable does, once it is known that it may. May throw a {@link Refused}, or a RangeError that says what is wrong with the request. */
export type Body<Name extends AdminCall> = (
  request: AdminCalls[Name][0],
  context: CallContext,
) => Promise<AdminCalls[Name][1]>

export interface CallDeps extends Omit<AuditDeps, 'store'> {
  readonly store: Pick<DocumentStore, 'get' | 'transact' | 'query'>
  readonly log: Log
  readonly outOfTime: () => boolean
}

/** Rejects with a {@link Refused} and nothing else. */
export async function answer<Name extends AdminCall>(
  deps: CallDeps,
  name: Name,
  body: Body<Name>,
  caller: Caller | null,
  data: unknown,
): Promise<AdminCalls[Name][1]> {
  const refusing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw refusalFor(deps, name, caller, error)
    }
  }
  return refusing(async () => {
    const { uid, by } = await adminOf(deps, caller)
    const request = REQUESTS[name](data, 'request')
    const { outOfTime } = deps
    const kept = KEPT[name](request)
    if (kept === null) return body(request, { by, outOfTime, progress: () => {} })
    // What `audit/` keeps is what the caller is told.
    const work = (progress: CallContext['progress']) => refusing(() => body(request, { by, outOfTime, progress }))
    return audited(deps, { by, uid, command: name, ...kept }, work, {
      hide: (message) => message,
      unwritten: (error) => deps.log.error('audit not written', { call: name, uid, error }),
      exitCode: () => 0,
    })
  })
}

/** The claim says who was made an admin, the document who still is: it is read each time, so that whoever was revoked is out at once. */
async function adminOf(
  { store }: CallDeps,
  caller: Caller | null,
): Promise<{ readonly uid: string; readonly by: string }> {
  if (caller === null) throw new Refused('unauthenticated', 'Sign in first.')
  const { uid, token } = caller
  if (token['admin'] !== true || (await store.get(adminPath(uid))) === null) {
    throw new Refused('permission-denied', 'This is for admins.')
  }
  return { uid, by: typeof token['email'] === 'string' ? token['email'] : uid }
}

/** As of every callable, and what only the admin's may fail by. */
function refusalFor({ log, random }: CallDeps, call: AdminCall, caller: Caller | null, error: unknown): Refused {
  if (error instanceof ProfileError) return new Refused('invalid-argument', error.message, { cause: error })
  if (error instanceof OperationExists) {
    return new Refused('failed-precondition', 'This was asked before: see what became of it.', { cause: error })
  }
  return refusalOf({ log, random, whose: 'admin', call, caller }, error)
}
