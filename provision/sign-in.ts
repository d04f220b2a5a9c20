/** Signing in by e-mail and password, without which nobody can use the web page. https://cloud.google.com/identity-platform/docs/reference/rest/v2/projects/updateConfig */
import type { Project } from './project.ts'
import { found, type Resource } from './resource.ts'
import { FIREBASE_RESOURCE } from './firebase.ts'

interface Config {
  readonly signIn?: { readonly email?: { readonly enabled?: boolean; readonly passwordRequired?: boolean } }
}

/**
 * Only where Firebase Authentication was started: the one method that starts it (identityPlatform:initializeAuth) makes it Identity Platform, which has
 * other prices, and can't be made undone.
 */
export function signIn({ projectId }: Pick<Project, 'projectId'>): Resource {
  const url = `https://identitytoolkit.googleapis.com/v2/projects/${projectId}/config`
  return {
    name: 'sign-in by e-mail and password',
    needs: [FIREBASE_RESOURCE],
    async differs(api) {
      const config = await found<Config>(api, url)
      if (config === null || config.signIn?.email?.enabled === true) return null
      return {
        kind: 'update',
        changes: [{ field: 'signIn.email.enabled', from: config.signIn?.email?.enabled, to: true }],
        apply: () =>
          api.call({
            method: 'PATCH',
            url,
            query: { updateMask: 'signIn.email.enabled,signIn.email.passwordRequired' },
            body: { signIn: { email: { enabled: true, passwordRequired: true } } },
          }),
      }
    },
    async notes(api) {
      if ((await found<Config>(api, url)) !== null) return []
      return [
        `nobody can sign in yet: start Authentication once, https://console.firebase.google.com/project/${projectId}/authentication (Get started), and provision again, which enables e-mail and password`,
      ]
    },
  }
}
