/** One call of a Google API by REST, as its discovery document describes it. There is no DELETE: nothing here ever removes anything. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** With what its path takes filled in, without a query: https://storage.googleapis.com/storage/v1/b/my-bucket */
  readonly url: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: unknown
}

/** Google's APIs by REST: google-rest.ts, or the double in provision/testing/. */
export interface GoogleApi {
  /** The answer's JSON. Throws an {@link ApiError}; what may pass (429, 5xx, a broken network) has been tried again by then. */
  call<T = unknown>(call: Call): Promise<T>
  /** Waits; the double only moves its clock. */
  pause(milliseconds: number): Promise<void>
}

/** Whether it changes nothing: some questions are asked by POST. */
export const onlyReads = ({ method, url }: Call): boolean =>
  method === 'GET' || /:(getIamPolicy|testIamPermissions|batchGet|queryGrantableRoles)$/.test(url)

/** Google has refused, or could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP's; 0 where there was no answer. */
  readonly status: number
  /**
   * Google's own word: the most special one of the answer, such as `SERVICE_DISABLED` (google.rpc.ErrorInfo), `notFound` (errors[0]) or
   * `PERMISSION_DENIED` (google.rpc.Code).
   */
  readonly reason: string
  constructor(status: number, reason: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.status = status
    this.reason = reason
  }
}
