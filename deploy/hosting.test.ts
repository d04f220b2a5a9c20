import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LINK_HEADERS } from '../functions/src/api/open-link.ts'
import { locationIn } from '../functions/src/config/deployment.ts'
import { LINK_ADDRESS } from '../functions/src/contract/customer.ts'
import { ROOT } from '../stack/paths.ts'
import { hostingConfig, webConfig, type PageOf } from './hosting.ts'

type Config = Parameters<typeof hostingConfig>[0]
const OWN = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as Config
const PAGE: PageOf = {
  project: 'p',
  location: 'europe-west1',
  appCheckSiteKey: '',
  rawBucket: 'p-raw',
  processedBucket: 'p-processed',
}
const headersOf = ({ hosting }: Config, source: string) =>
  Object.fromEntries(
    hosting.headers
      .filter((entry) => entry.source === source)
      .flatMap(({ headers }) => headers.map(({ key, value }) => [key, value] as const)),
  )
const policyOf = (config: Config) => headersOf(config, '**')['Content-Security-Policy'] ?? ''
const deployed = (more: Partial<PageOf> = {}) => policyOf(hostingConfig(OWN, { ...PAGE, ...more }))

it('firebase.json knows no project, and lets the page talk to itself and to Google’s APIs alone', () => {
  expect(policyOf(OWN)).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' https://*.googleapis.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
})

it('a project’s page may besides call this project’s functions and sign in with Google, and nothing more', () => {
  expect(deployed({ location: 'us-east1' })).toBe(
    policyOf(OWN)
      .replace('https://*.googleapis.com', '$& https://us-east1-p.cloudfunctions.net')
      .replace("script-src 'self'", '$& https://apis.google.com/js/api.js https://apis.google.com/_/scs/')
      .concat('; frame-src https://p.firebaseapp.com'),
  )
  const { hosting, ...rest } = hostingConfig(OWN, PAGE)
  const { hosting: own, ...others } = OWN
  expect(rest).toEqual(others)
  // In the region of firebase.json's own.
  expect({ ...hosting, headers: [] }).toEqual({ ...own, headers: [] })
  expect(hosting.headers.slice(1)).toEqual(own.headers.slice(1))
})

it('firebase.json hands share links on to where functions are by default, and a project’s to where its own are', () => {
  const regions = ({ hosting }: Config) => hosting.rewrites.flatMap((rewrite) => rewrite.function ?? [])
  expect(regions(OWN)).toEqual([{ functionId: 'openLink', region: locationIn({}) }])
  expect(regions(hostingConfig(OWN, { ...PAGE, location: 'us-east1' }))).toEqual([
    { functionId: 'openLink', region: 'us-east1' },
  ])
  // The first rule that fits is the one: none before may.
  expect(OWN.hosting.rewrites.filter(({ source }) => source.startsWith('/s/')).map(({ source }) => source)).toEqual([
    `${LINK_ADDRESS}**`,
  ])
})

it('a share link has its own headers from Hosting too, which puts those of firebase.json over a function’s', () => {
  expect(headersOf(OWN, `${LINK_ADDRESS}**`)).toEqual(LINK_HEADERS)
  expect(headersOf(hostingConfig(OWN, PAGE), `${LINK_ADDRESS}**`)).toEqual(LINK_HEADERS)
  // The last rule that fits is the one.
  const sources = OWN.hosting.headers.map(({ source }) => source)
  expect(sources.indexOf(`${LINK_ADDRESS}**`)).toBeGreaterThan(sources.indexOf('**'))
})

it('every answer says: by HTTPS alone, nobody’s window but its own pop-ups, and nothing of the device', () => {
  const { 'Permissions-Policy': permissions = '', ...headers } = headersOf(OWN, '**')
  expect(headers).toMatchObject({
    'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
    // The pop-up of a sign-in must be able to answer.
    'Cross-Origin-Opener-Policy': 'same-origin-allow-popups',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
  })
  const off = permissions.split(', ')
  expect(off).toEqual(expect.arrayContaining(['camera=()', 'microphone=()', 'geolocation=()', 'payment=()', 'usb=()']))
  expect(off.filter((each) => !/^[a-z-]+=\(\)$/.test(each))).toEqual([])
})

it('reCAPTCHA is let in where App Check is on, and inline code is not', () => {
  expect(deployed({ appCheckSiteKey: 'key' }).split('; ')).toEqual([
    "default-src 'none'",
    "script-src 'self' https://apis.google.com/js/api.js https://apis.google.com/_/scs/ https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self' https://*.googleapis.com https://europe-west1-p.cloudfunctions.net https://www.google.com/recaptcha/",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'frame-src https://p.firebaseapp.com https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/',
  ])
})

it('a policy that is not there is not passed over', () => {
  const config = { hosting: { headers: OWN.hosting.headers.filter(({ source }) => source !== '**'), rewrites: [] } }
  expect(() => hostingConfig(config, PAGE)).toThrow('has 0 headers Content-Security-Policy')
})

it('the page is told what differs from the defaults, and only that', () => {
  expect(webConfig(PAGE)).toBeNull()
  expect(webConfig({ ...PAGE, rawBucket: 'in' })).toEqual({ rawBucket: 'in' })
  expect(webConfig({ ...PAGE, processedBucket: 'out', location: 'us-east1', appCheckSiteKey: 'key' })).toEqual({
    processedBucket: 'out',
    location: 'us-east1',
    appCheck: { siteKey: 'key' },
  })
})
