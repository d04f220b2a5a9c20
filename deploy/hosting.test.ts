import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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
const policyOf = ({ hosting }: Config) =>
  hosting.headers.flatMap(({ headers }) =>
    headers.filter(({ key }) => key === 'Content-Security-Policy').map(({ value }) => value),
  )
const deployed = (more: Partial<PageOf> = {}) => policyOf(hostingConfig(OWN, { ...PAGE, ...more }))

it('firebase.json knows no project, and lets the page talk to itself and to Google’s APIs alone', () => {
  expect(policyOf(OWN)).toEqual([
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' https://*.googleapis.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ])
})

it('a project’s page may besides call this project’s functions, and nothing more', () => {
  expect(deployed({ location: 'us-east1' })).toEqual([
    policyOf(OWN)[0]?.replace('https://*.googleapis.com', '$& https://us-east1-p.cloudfunctions.net'),
  ])
  const { hosting, ...rest } = hostingConfig(OWN, PAGE)
  const { hosting: own, ...others } = OWN
  expect(rest).toEqual(others)
  expect({ ...hosting, headers: [] }).toEqual({ ...own, headers: [] })
  expect(hosting.headers.slice(1)).toEqual(own.headers.slice(1))
})

it('reCAPTCHA is let in where App Check is on, and inline code is not', () => {
  const [policy = ''] = deployed({ appCheckSiteKey: 'key' })
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    "script-src 'self' https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self' https://*.googleapis.com https://europe-west1-p.cloudfunctions.net https://www.google.com/recaptcha/",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'frame-src https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/',
  ])
})

it('a policy that is not there is not passed over', () => {
  const config = { hosting: { headers: [] } }
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
