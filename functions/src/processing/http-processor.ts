/**
 * A processor that is a service of its own, in any language. `examples/http-processor/` has one, and says what is sent and answered.
 */
import { strictObject, type GenericSchema } from 'valibot'
import type { DecodedImage, OutputDraft, Processor, Yield } from './processor.ts'
import { Unavailable } from './processor.ts'

type Settings = Readonly<Record<string, unknown>>

export interface HttpService {
  readonly name: string
  readonly version: number
  /** Of what is sent along as JSON; none where it is left out. */
  readonly settings?: GenericSchema<unknown, Settings>
  /** Where the image is posted to. An https address is called with this service account's identity token. */
  readonly url: string
  /** For all tries together. Milliseconds. */
  readonly deadlineMs: number
  /** Most bytes that may come back. */
  readonly maxAnswerBytes?: number
}

/** How the service is reached; tests have ways of their own. */
export interface HttpTools {
  readonly fetch: typeof globalThis.fetch
  /** Bearer token for an audience, or null where none is needed. */
  identityToken(audience: string, signal: AbortSignal): Promise<string | null>
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds, never going back. */
  readonly clock: () => number
}

const TRIES = 3
const FIRST_PAUSE_MS = 200
/** After so many failed calls in a row, calls are not even tried for a while: a service that is down gets time to come up. */
const FAILURES_TO_OPEN = 5
const OPEN_MS = 30_000
const MAX_ANSWER_BYTES = 32 * 2 ** 20

/** The answer is refused: the image fails with `processor-failed`. */
class Refused extends Error {
  override readonly name = 'Refused'
}

/** One to a process and service: its images share the circuit breaker. */
export function httpProcessor(service: HttpService, tools: HttpTools = REAL): Processor<Settings> {
  const { name, version, deadlineMs, maxAnswerBytes = MAX_ANSWER_BYTES } = service
  let failures = 0
  let openUntil = 0

  async function guarded(image: DecodedImage, settings: Settings, signal: AbortSignal): Promise<Yield> {
    if (tools.clock() < openUntil)
      throw new Unavailable(`${name} failed ${failures} times in a row: not called for a while`)
    try {
      const made = await call(service, tools, image, settings, signal)
      failures = 0
      return made
    } catch (error) {
      if (error instanceof Refused) failures = 0
      else if (++failures >= FAILURES_TO_OPEN) openUntil = tools.clock() + OPEN_MS
      throw error
    }
  }
  return {
    name,
    version,
    settings: service.settings ?? strictObject({}),
    // The answer is held as it came and as what was read from it.
    budget: { milliseconds: deadlineMs, memoryBytes: () => 2 * maxAnswerBytes },
    run: guarded,
  }
}

async function call(
  service: HttpService,
  tools: HttpTools,
  image: DecodedImage,
  settings: Settings,
  signal: AbortSignal,
): Promise<Yield> {
  for (let tries = 1; ; tries++) {
    try {
      return await once(service, tools, image, settings, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Refused) throw error
      if (tries === TRIES) throw new Unavailable(`${service.name} can't be reached`, { cause: error })
      await tools.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), signal)
    }
  }
}

/** Throws {@link Refused} where another try can't help, anything else where it may. */
async function once(
  service: HttpService,
  tools: HttpTools,
  image: DecodedImage,
  settings: Settings,
  signal: AbortSignal,
): Promise<Yield> {
  const { name, version, url, maxAnswerBytes = MAX_ANSWER_BYTES } = service
  const token = await tools.identityToken(url, signal)
  const response = await tools.fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: {
      'content-type': `image/${image.format}`,
      'darkroom-processor': `${name}@${version}`,
      'darkroom-settings': JSON.stringify(settings),
      'darkroom-facts': JSON.stringify(image.facts),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: image.bytes as Uint8Array<ArrayBuffer>,
  })
  // The service's word on the image. Other refusals (401, 404 …) are about the call: a deployment to be mended, not a bad image.
  if ([400, 413, 415, 422].includes(response.status)) {
    throw new Refused(`${name} answered ${response.status}: ${(await textOf(response, 2000)).slice(0, 500)}`)
  }
  if (response.status === 204) return {}
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${name} answered ${response.status}`)
  }
  const bytes = await bytesOf(response, maxAnswerBytes)
  const contentType = response.headers.get('content-type') ?? ''
  try {
    return await parsed(bytes, contentType)
  } catch (error) {
    throw new Refused(`${name} answered what is no answer (${contentType}): ${String(error)}`, { cause: error })
  }
}

/** JSON is findings; a form has `findings` as JSON text and each output as a file called `{name}.{extension}`. */
async function parsed(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Yield> {
  const answer = new Response(bytes, { headers: { 'content-type': contentType } })
  if (contentType.startsWith('application/json')) return { findings: (await answer.json()) as Record<string, unknown> }
  const outputs: OutputDraft[] = []
  let findings: Record<string, unknown> | undefined
  for (const [field, value] of await answer.formData()) {
    if (typeof value === 'string') {
      if (field !== 'findings') throw new Error(`field ${JSON.stringify(field)}: expected findings, or a file`)
      findings = JSON.parse(value) as Record<string, unknown>
    } else {
      const dot = value.name.lastIndexOf('.')
      outputs.push({
        name: value.name.slice(0, Math.max(0, dot)),
        extension: value.name.slice(dot + 1),
        contentType: value.type,
        bytes: new Uint8Array(await value.arrayBuffer()),
        width: null,
        height: null,
      })
    }
  }
  return { outputs, ...(findings && { findings }) }
}

/** Stops reading at the limit, whatever length was announced. */
async function bytesOf(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limit) throw new Refused(`more than ${limit} bytes came back`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

async function textOf(response: Response, limit: number): Promise<string> {
  try {
    return new TextDecoder().decode(await bytesOf(response, limit))
  } catch {
    // It was too long to be of use, or broke off: the status says enough.
    return ''
  }
}

/** https://cloud.google.com/run/docs/authenticating/service-to-service: the metadata server gives a token to whoever runs in the cloud. */
const METADATA = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity'
/** Tokens are valid for an hour. */
const TOKEN_MS = 50 * 60_000
const tokens = new Map<string, { readonly token: string; readonly until: number }>()

const REAL: HttpTools = {
  fetch: (...args) => globalThis.fetch(...args),
  clock: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds)
      signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true })
    }),
  async identityToken(url, signal) {
    if (!url.startsWith('https:')) return null
    const audience = new URL(url).origin
    const known = tokens.get(audience)
    if (known !== undefined && known.until > performance.now()) return known.token
    const address = `${METADATA}?audience=${encodeURIComponent(audience)}`
    const response = await globalThis.fetch(address, { headers: { 'metadata-flavor': 'Google' }, signal })
    if (!response.ok) throw new Error(`the metadata server answered ${response.status} for an identity token`)
    const token = await response.text()
    tokens.set(audience, { token, until: performance.now() + TOKEN_MS })
    return token
  },
}
