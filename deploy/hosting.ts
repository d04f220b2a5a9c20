/**
 * What Hosting is told of one project: the page's Content-Security-Policy with the addresses of that project alone, and where its functions are.
 * firebase.json, which knows no project, lets the page talk to Google's APIs and to nothing else.
 */
import { locationIn } from '../functions/src/config/deployment.ts'

export interface PageOf {
  readonly project: string
  /** Region of the functions. */
  readonly location: string
  /** Of reCAPTCHA Enterprise; empty: App Check is off. */
  readonly appCheckSiteKey: string
  readonly rawBucket: string
  readonly processedBucket: string
}

/** https://cloud.google.com/recaptcha/docs/faq: what reCAPTCHA loads and shows. Its tokens come from Google's APIs. */
const RECAPTCHA = {
  'script-src': ['https://www.google.com/recaptcha/', 'https://www.gstatic.com/recaptcha/'],
  'frame-src': ['https://www.google.com/recaptcha/', 'https://recaptcha.google.com/recaptcha/'],
  'connect-src': ['https://www.google.com/recaptcha/'],
}

/**
 * What the SDK loads for a sign-in in a pop-up, and the frame by which it hears of it; the pop-up itself asks no policy. In node_modules/@firebase/auth: `gapiScript`,
 * `IFRAME_PATH`. That domain is every project's own, and Hosting tells the page of it.
 */
const signIn = (project: string) => ({
  // Not all of that host: it also answers with scripts that call whatever an address names, which would undo the policy.
  'script-src': ['https://apis.google.com/js/api.js', 'https://apis.google.com/_/scs/'],
  'frame-src': [`https://${project}.firebaseapp.com`],
})

const POLICY = 'Content-Security-Policy'
/** Where the page's headers stand in firebase.json; others are of what is no page. */
const EVERYWHERE = '**'

/** In the repository's root, below which firebase-tools looks for all that a configuration names. Is there while the page is deployed. */
export const hostingConfigFile = (project: string) => `firebase.deploy-${project}.json`

interface FirebaseJson {
  readonly hosting: {
    readonly headers: readonly {
      readonly source: string
      readonly headers: readonly { readonly key: string; readonly value: string }[]
    }[]
    readonly rewrites: readonly {
      readonly source: string
      readonly function?: { readonly functionId: string; readonly region: string }
    }[]
  }
}

/** firebase.json as this project's page is deployed with. Throws where it has no such header. */
export function hostingConfig<T extends FirebaseJson>(config: T, { project, location, appCheckSiteKey }: PageOf): T {
  const functions = { 'connect-src': [`https://${location}-${project}.cloudfunctions.net`] }
  const added = [functions, signIn(project), ...(appCheckSiteKey === '' ? [] : [RECAPTCHA])]
  let found = 0
  const headers = config.hosting.headers.map((entry) => ({
    ...entry,
    headers: entry.headers.map((header) => {
      if (entry.source !== EVERYWHERE || header.key !== POLICY) return header
      found++
      return { ...header, value: added.reduce(withSources, header.value) }
    }),
  }))
  if (found !== 1) throw new Error(`firebase.json has ${found} headers ${POLICY} for ${EVERYWHERE}: expected one`)
  const rewrites = config.hosting.rewrites.map((rewrite) =>
    rewrite.function === undefined ? rewrite : { ...rewrite, function: { ...rewrite.function, region: location } },
  )
  return { ...config, hosting: { ...config.hosting, headers, rewrites } }
}

/** https://www.w3.org/TR/CSP3/#directives: those that the policy has are extended, others are added to it. */
function withSources(policy: string, sources: Readonly<Record<string, readonly string[]>>): string {
  const directives = new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(/\s+/)
      return [name, values] as const
    }),
  )
  for (const [name, more] of Object.entries(sources)) directives.set(name, [...(directives.get(name) ?? []), ...more])
  return [...directives].map(([name, values]) => [name, ...values].join(' ')).join('; ')
}

/** Beside what Hosting itself tells the page of its project, where that is not as by default. */
export function webConfig(page: PageOf): object | null {
  const { project, location, appCheckSiteKey: siteKey, rawBucket, processedBucket } = page
  const config = {
    ...(rawBucket !== `${project}-raw` && { rawBucket }),
    ...(processedBucket !== `${project}-processed` && { processedBucket }),
    ...(location !== locationIn({}) && { location }),
    ...(siteKey !== '' && { appCheck: { siteKey } }),
  }
  return Object.keys(config).length === 0 ? null : config
}
