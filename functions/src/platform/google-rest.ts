/**
 * Google's APIs by REST, with application default credentials (https://cloud.google.com/docs/authentication/application-default-credentials). For provision/ and deploy/: no function
 * loads it; here is where google-auth-library is.
 */
import { setTimeout } from 'node:timers/promises'
import { GoogleAuth } from 'google-auth-library'
import { ApiError, onlyReads, type Call, type GoogleApi } from './google-api.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const ATTEMPTS = 6
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 32_000
const ANSWER_MILLISECONDS = 90_000

export interface GoogleRestOptions {
  /** Whose quota and APIs are used: that of whoever is signed in often has them not. */
  readonly quotaProject: string
  /** The header `authorization`. Default: from application default credentials. */
  readonly authorize?: () => Promise<string>
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

export class GoogleRest implements GoogleApi {
  readonly #quotaProject: string
  readonly #authorize: () => Promise<string>
  readonly #pause: (milliseconds: number) => Promise<unknown>

  constructor({ quotaProject, authorize = byDefaultCredentials(), pause = setTimeout }: GoogleRestOptions) {
    this.#quotaProject = quotaProject
    this.#authorize = authorize
    this.#pause = pause
  }

  async pause(milliseconds: number): Promise<void> {
    await this.#pause(milliseconds)
  }

  /**
   * What may pass is tried again, ever more slowly: too many requests always; a fault of Google's or of the network only where nothing is made
   * twice by it. Throws an {@link ApiError}.
   */
  async call<T>(call: Call): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#once(call)
      if (!(answer instanceof Refused)) return answer as T
      const { error, retryAfter } = answer
      if (attempt >= ATTEMPTS || !mayPass(error, call)) throw error
      const pause = Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
      // Of many that were refused at once, not all come again at once. https://cloud.google.com/storage/docs/retry-strategy#exponential-backoff
      await this.#pause(Math.max(retryAfter, pause * (1 + Math.random())))
    }
  }

  async #once({ method, url, query = {}, body }: Call): Promise<unknown> {
    const address = new URL(url)
    for (const [name, given] of Object.entries(query))
      for (const value of typeof given === 'string' ? [given] : given) address.searchParams.append(name, value)
    const authorization = await this.#authorize()
    let status = 0
    try {
      const response = await fetch(address, {
        method,
        headers: {
          authorization,
          'x-goog-user-project': this.#quotaProject,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      })
      status = response.status
      const text = await response.text()
      if (response.ok) return text === '' ? {} : (JSON.parse(text) as unknown)
      return new Refused(refusal(status, text), retryAfterOf(response.headers.get('retry-after')))
    } catch (error) {
      const { cause, message } = error as Error & { readonly cause?: Error }
      const what = `${method} ${address.host}: ${cause?.message ?? message}`
      return new Refused(new ApiError(0, 'unreachable', what, error), 0)
    }
  }
}

class Refused {
  readonly error: ApiError
  /** Milliseconds. */
  readonly retryAfter: number
  constructor(error: ApiError, retryAfter: number) {
    this.error = error
    this.retryAfter = retryAfter
  }
}

function mayPass({ status, reason }: ApiError, call: Call): boolean {
  if (status === 429 || (status === 403 && /rateLimitExceeded/i.test(reason))) return true
  // A POST that nobody has answered may have been carried out.
  return (status === 0 || status >= 500 || status === 408) && (call.method !== 'POST' || onlyReads(call))
}

function retryAfterOf(header: string | null): number {
  const seconds = Number(header ?? 0)
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_PAUSE) : 0
}

interface GoogleError {
  readonly message?: string
  /** google.rpc.Code, as newer APIs say it. https://cloud.google.com/apis/design/errors */
  readonly status?: string
  readonly details?: readonly { readonly '@type'?: string; readonly reason?: string }[]
  /** As the older ones do. https://cloud.google.com/storage/docs/json_api/v1/status-codes */
  readonly errors?: readonly { readonly reason?: string }[]
}

/** The answer of an API, of what issues tokens (`error`, `error_description`), or of something between (no JSON at all). */
function refusal(status: number, text: string): ApiError {
  let parsed: { readonly error?: GoogleError | string; readonly error_description?: string } | null
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch {
    parsed = null
  }
  const error = parsed?.error
  if (typeof error === 'string') return new ApiError(status, error, parsed?.error_description ?? error)
  if (typeof error !== 'object' || error === null)
    return new ApiError(status, 'unknown', text.trim().slice(0, 200) || `HTTP ${status} without a message`)
  const info = error.details?.find((detail) => detail['@type']?.endsWith('google.rpc.ErrorInfo'))
  const reason = info?.reason ?? error.errors?.[0]?.reason ?? error.status ?? 'unknown'
  return new ApiError(status, reason, error.message ?? `HTTP ${status} without a message`)
}

function byDefaultCredentials(): () => Promise<string> {
  const auth = new GoogleAuth({ scopes: [SCOPE] })
  return async () => {
    try {
      return `Bearer ${await auth.getAccessToken()}`
    } catch (error) {
      throw new ApiError(
        401,
        'UNAUTHENTICATED',
        `there are no credentials that Google takes (${(error as Error).message.split('\n')[0]}): gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS with a file of them`,
        error,
      )
    }
  }
}
