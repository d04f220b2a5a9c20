/** Runs in the page of customer-upload.ts: what the SDK does by itself, in a loop, with so many files on their way at a time. */
import { initializeApp } from 'firebase/app'
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from 'firebase/auth'
import { connectStorageEmulator, getStorage, ref, uploadBytesResumable } from 'firebase/storage'

export interface BareUpload {
  readonly projectId: string
  readonly authUrl: string
  readonly storageUrl: string
  readonly bucket: string
  readonly email: string
  readonly password: string
  /** Folder of the objects. */
  readonly folder: string
  readonly atOnce: number
}

/** Resolves once all of them are there. */
export async function uploadBare(files: readonly File[], options: BareUpload): Promise<void> {
  const app = initializeApp({ projectId: options.projectId, apiKey: 'bench' }, crypto.randomUUID())
  const auth = getAuth(app)
  connectAuthEmulator(auth, options.authUrl, { disableWarnings: true })
  const storage = getStorage(app, `gs://${options.bucket}`)
  const { hostname, port } = new URL(options.storageUrl)
  connectStorageEmulator(storage, hostname, Number(port))
  await signInWithEmailAndPassword(auth, options.email, options.password)
  const left = files.values()
  const work = async () => {
    for (const file of left) {
      const object = ref(storage, `${options.folder}/${crypto.randomUUID()}/${file.name}`)
      await uploadBytesResumable(object, file, { contentType: file.type })
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, work))
}
