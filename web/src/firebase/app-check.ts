import type { FirebaseApp } from 'firebase/app'
import { initializeAppCheck, ReCaptchaEnterpriseProvider } from 'firebase/app-check'

/**
 * Whatever the page asks of the project from now on carries a proof that this is the page, in a browser and not in a script. Loads Google's
 * reCAPTCHA, which deploy/hosting.ts lets in. https://firebase.google.com/docs/app-check/web/recaptcha-enterprise-provider
 */
export function proveThePage(app: FirebaseApp, siteKey: string): void {
  initializeAppCheck(app, { provider: new ReCaptchaEnterpriseProvider(siteKey), isTokenAutoRefreshEnabled: true })
}
