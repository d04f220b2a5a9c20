/** A signed-in customer's client, as the web page is one: the firebase SDK and nothing that a customer has not. */
import { deleteApp, initializeApp } from 'firebase/app'
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from 'firebase/auth'
import { connectStorageEmulator, getMetadata, getStorage, ref, uploadBytesResumable } from 'firebase/storage'
import { DEMO_PASSWORD } from './customers.ts'
import type { Destination } from './deliver.ts'

export interface Emulators {
  readonly projectId: string
  readonly authUrl: string
  /** Such as http://127.0.0.1:9199. */
  readonly storageUrl: string
  readonly rawBucket: string
}

export interface Client {
  readonly customerId: string
  /** Where one file goes. */
  destination(objectName: string, bytes: Uint8Array, contentType: string): Destination
  close(): Promise<void>
}

/** Signs in with an app of its own, so that several can be signed in side by side. */
export async function signIn(emulators: Emulators, email: string): Promise<Client> {
  const app = initializeApp({ projectId: emulators.projectId, apiKey: 'local-stack-only' }, `demo-${email}`)
  const auth = getAuth(app)
  connectAuthEmulator(auth, emulators.authUrl, { disableWarnings: true })
  const { user } = await signInWithEmailAndPassword(auth, email, DEMO_PASSWORD)
  const { claims } = await user.getIdTokenResult()

  const storage = getStorage(app, `gs://${emulators.rawBucket}`)
  const { hostname, port } = new URL(emulators.storageUrl)
  connectStorageEmulator(storage, hostname, Number(port))
  // Milliseconds for the SDK's own tries; deliver.ts begins anew after that.
  storage.maxUploadRetryTime = 60_000
  storage.maxOperationRetryTime = 30_000

  return {
    customerId: typeof claims['customer'] === 'string' ? claims['customer'] : user.uid,
    destination(objectName, bytes, contentType) {
      const object = ref(storage, objectName)
      return {
        async put() {
          await uploadBytesResumable(object, bytes, { contentType })
        },
        async stat() {
          try {
            const { size, md5Hash } = await getMetadata(object)
            return { bytes: size, md5: md5Hash ?? null }
          } catch (error) {
            if ((error as { code?: string }).code === 'storage/object-not-found') return null
            throw error
          }
        },
      }
    },
    close: () => deleteApp(app),
  }
}
