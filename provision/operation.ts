import { ApiError, type GoogleApi } from './resource.ts'

/** What Google answers where something takes its time. https://google.aip.dev/151 */
export interface Operation {
  readonly name?: string
  readonly done?: boolean
  readonly error?: { readonly code?: number; readonly message?: string }
}

/** Making a database takes minutes. */
const LONGEST_MILLISECONDS = 30 * 60 * 1000

/**
 * Waits until it has ended. `service`: the address of its API with the version, `https://firestore.googleapis.com/v1`. Throws an
 * {@link ApiError} where it has failed, or is still not done after half an hour.
 */
export async function finished(api: GoogleApi, service: string, operation: Operation): Promise<void> {
  let current = operation
  let waited = 0
  for (let wait = 1000; current.done !== true; wait = Math.min(wait * 1.5, 15_000)) {
    if (waited > LONGEST_MILLISECONDS)
      throw new ApiError(0, 'DEADLINE_EXCEEDED', `${current.name} is still not done after ${waited / 60_000} minutes`)
    await api.pause(wait)
    waited += wait
    current = await api.call<Operation>({ method: 'GET', url: `${service}/${operation.name}` })
  }
  const { error } = current
  if (error === undefined) return
  // google.rpc.Code 6 and 10 are what HTTP calls 409.
  const status = error.code === 6 || error.code === 10 ? 409 : 400
  throw new ApiError(status, `operation failed with code ${error.code}`, error.message ?? 'without a message')
}
