/** Where the page's backend is: what Hosting says of the project, and what this installation says of itself. */

export interface SignIn {
  readonly email: string
  readonly password: string
  readonly label: string
}

export interface Emulators {
  /** Such as http://127.0.0.1:9099. */
  readonly auth: string
  /** Host and port. */
  readonly firestore: string
  /** Such as http://127.0.0.1:9199. */
  readonly storage: string
  /** Such as http://127.0.0.1:5001. Null: none runs here. */
  readonly functions: string | null
}

export interface WebConfig {
  readonly projectId: string
  readonly apiKey: string
  readonly authDomain: string | undefined
  readonly rawBucket: string
  readonly processedBucket: string
  /** Region of the functions. */
  readonly location: string
  /** Null: App Check is off. `siteKey`: of reCAPTCHA Enterprise, which is public; `appId`: as Firebase calls the page. */
  readonly appCheck: { readonly siteKey: string; readonly appId: string } | null
  /** Null: Google Cloud itself. */
  readonly emulators: Emulators | null
  /** The demo's accounts, to sign in to by one click. Only the local stack names any. */
  readonly signIns: readonly SignIn[]
}

/** A sentence fit for the page. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Fields = Readonly<Record<string, unknown>>
type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Hosting serves it for the project that it belongs to. https://firebase.google.com/docs/hosting/reserved-urls */
const INIT = '/__/firebase/init.json'
/** Only installations that differ from the defaults have it. */
const CONFIG = '/config.json'

/** As in functions/src/config/deployment.ts. */
const DEFAULT_LOCATION = 'europe-west1'

/** Throws a {@link ConfigError} that says which of the two files is missing or wrong. */
export async function loadConfig(fetch: Fetch): Promise<WebConfig> {
  const [init, config] = await Promise.all([readJson(fetch, INIT), readJson(fetch, CONFIG)])
  if (init === null) {
    throw new ConfigError(`This page doesn't know its project: ${INIT} is not there. Is it served by Firebase Hosting?`)
  }
  return parseConfig(init, config ?? {})
}

/** Null where there is no such file: a 404, or the page that Hosting's rewrites answer with instead. */
async function readJson(fetch: Fetch, url: string): Promise<Fields | null> {
  let response: Response
  try {
    response = await fetch(url, { cache: 'no-cache' })
  } catch (error) {
    throw new ConfigError(`${url} can't be loaded. Is there a connection?`, { cause: error })
  }
  if (response.status === 404) return null
  if (!response.ok) throw new ConfigError(`${url} can't be loaded: the server answers ${response.status}.`)
  if (!(response.headers.get('content-type') ?? '').includes('json')) return null
  try {
    return fieldsOf(await response.json(), url)
  } catch (error) {
    throw new ConfigError(`${url} is damaged: it should be a JSON object.`, { cause: error })
  }
}

export function parseConfig(init: Fields, config: Fields): WebConfig {
  const projectId = text(init, 'projectId', INIT)
  const emulators = config['emulators'] ?? null
  const appCheck = config['appCheck'] ?? null
  const signIns = config['signIns'] ?? []
  if (!Array.isArray(signIns)) throw new ConfigError(`${CONFIG}: signIns should be a list.`)
  return {
    projectId,
    apiKey: text(init, 'apiKey', INIT),
    authDomain: typeof init['authDomain'] === 'string' ? init['authDomain'] : undefined,
    rawBucket: text({ rawBucket: `${projectId}-raw`, ...config }, 'rawBucket', CONFIG),
    processedBucket: text({ processedBucket: `${projectId}-processed`, ...config }, 'processedBucket', CONFIG),
    location: text({ location: DEFAULT_LOCATION, ...config }, 'location', CONFIG),
    appCheck:
      appCheck === null
        ? null
        : { siteKey: text(fieldsOf(appCheck, 'appCheck'), 'siteKey', CONFIG), appId: text(init, 'appId', INIT) },
    emulators: emulators === null ? null : parseEmulators(emulators),
    signIns: signIns.map((each: unknown) => {
      const fields = fieldsOf(each, 'signIns')
      return {
        email: text(fields, 'email', CONFIG),
        password: text(fields, 'password', CONFIG),
        label: text(fields, 'label', CONFIG),
      }
    }),
  }
}

function parseEmulators(value: unknown): Emulators {
  const fields = fieldsOf(value, 'emulators')
  return {
    auth: text(fields, 'auth', CONFIG),
    firestore: text(fields, 'firestore', CONFIG),
    storage: text(fields, 'storage', CONFIG),
    functions: (fields['functions'] ?? null) === null ? null : text(fields, 'functions', CONFIG),
  }
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new ConfigError(`${what} should be an object.`)
}

function text(fields: Fields, field: string, file: string): string {
  const value = fields[field]
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigError(`${file} should name ${field}.`)
}
