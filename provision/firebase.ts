/** What makes a project of Google's cloud one of Firebase, and its buckets reachable for Firebase's SDK. */
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import { ApiError, found, Obstacle, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'
import { bucketResourceName } from './storage.ts'

const FIREBASE = 'https://firebase.googleapis.com/v1beta1'
const FIREBASE_STORAGE = 'https://firebasestorage.googleapis.com/v1beta'

export const FIREBASE_RESOURCE = 'Firebase project'

export function firebaseProject({ projectId }: Pick<Project, 'projectId'>): Resource {
  const url = `${FIREBASE}/projects/${projectId}`
  return {
    name: FIREBASE_RESOURCE,
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      if ((await found(api, url)) !== null) return null
      return {
        kind: 'create',
        changes: [{ field: 'firebase', from: undefined, to: 'added' }],
        async apply() {
          try {
            const operation = await api.call<Operation>({ method: 'POST', url: `${url}:addFirebase`, body: {} })
            await finished(api, FIREBASE, operation)
          } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 403 || error.reason === 'SERVICE_DISABLED') throw error
            // https://firebase.google.com/docs/projects/use-firebase-with-existing-cloud-project: the terms have to be accepted by a person.
            throw new Obstacle(
              `Firebase can't be added to ${projectId} (${error.message}): add it once in the console, https://console.firebase.google.com, where its terms are accepted`,
            )
          }
        },
      }
    },
  }
}

/** Without it Firebase's SDK, and so the web page, finds no such bucket; nor are rules deployed to it. */
export function firebaseLink({ projectId }: Pick<Project, 'projectId'>, bucket: string): Resource {
  const url = `${FIREBASE_STORAGE}/projects/${projectId}/buckets/${bucket}`
  return {
    name: `Firebase link of ${bucket}`,
    needs: [bucketResourceName(bucket), FIREBASE_RESOURCE],
    async differs(api) {
      if ((await found(api, url)) !== null) return null
      return {
        kind: 'create',
        changes: [{ field: 'firebase', from: undefined, to: 'linked' }],
        apply: () => api.call({ method: 'POST', url: `${url}:addFirebase`, body: {} }),
      }
    },
  }
}
