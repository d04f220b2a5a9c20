/** The page's backend on the firebase SDK: no decisions here. */
import { initializeApp } from 'firebase/app'
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  signInWithEmailAndPassword,
  signOut,
  type User,
} from 'firebase/auth'
import {
  collection,
  connectFirestoreEmulator,
  getFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  Timestamp,
} from 'firebase/firestore'
import {
  connectStorageEmulator,
  type FirebaseStorage,
  type FullMetadata,
  getBlob,
  getMetadata,
  getStorage,
  ref,
  uploadBytesResumable,
} from 'firebase/storage'
import { customerPath } from '../../../functions/src/contract/names.ts'
import type { GalleryRecord, Images } from '../gallery/images.ts'
import type { Destination, Stored } from '../upload/send.ts'
import type { Backend as RawBucket } from '../upload/uploader.ts'
import type { WebConfig } from './config.ts'
import { type Session, sessionOf } from './session.ts'

export interface Accounts {
  /**
   * Calls with each change from now on, null where nobody is signed in; `onProblem` where who it is can't be found out for want
   * of a connection. Returns what ends it.
   */
  watch(listener: (session: Session | null) => void, onProblem: () => void): () => void
  /** Rejects with the SDK's error, which has a `code`. */
  signIn(email: string, password: string): Promise<void>
  signOut(): Promise<void>
}

export interface Backend extends RawBucket {
  readonly accounts: Accounts
  readonly images: Images
}

/** How long the SDK retries by itself before an upload counts as failed, in milliseconds. It has ten minutes by default. */
const UPLOAD_RETRY_MS = 2 * 60_000
const OPERATION_RETRY_MS = 30_000

/** Call it once: the SDK keeps its apps for good. */
export function connect(config: WebConfig): Backend {
  const { projectId, apiKey, authDomain, emulators } = config
  const app = initializeApp({ projectId, apiKey, ...(authDomain === undefined ? {} : { authDomain }) })
  // Not getAuth: it is ready for sign-in by pop-up, which loads scripts from elsewhere.
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] })
  const firestore = getFirestore(app)
  const raw = getStorage(app, `gs://${config.rawBucket}`)
  const processed = getStorage(app, `gs://${config.processedBucket}`)
  raw.maxUploadRetryTime = UPLOAD_RETRY_MS
  raw.maxOperationRetryTime = OPERATION_RETRY_MS
  processed.maxOperationRetryTime = OPERATION_RETRY_MS
  if (emulators !== null) {
    connectAuthEmulator(auth, emulators.auth, { disableWarnings: true })
    const { hostname, port } = new URL(`http://${emulators.firestore}`)
    connectFirestoreEmulator(firestore, hostname, Number(port))
    for (const storage of [raw, processed]) {
      const url = new URL(emulators.storage)
      connectStorageEmulator(storage, url.hostname, Number(url.port))
    }
  }

  return {
    accounts: {
      watch(listener, onProblem) {
        let latest = 0
        const changed = async (user: User | null) => {
          const mine = ++latest
          try {
            const session = user === null ? null : sessionOf(user, await claimsOf(user))
            if (mine === latest) listener(session)
          } catch {
            if (mine === latest) onProblem()
          }
        }
        return onAuthStateChanged(auth, (user) => void changed(user))
      },
      async signIn(email, password) {
        await signInWithEmailAndPassword(auth, email, password)
      },
      signOut: () => signOut(auth),
    },
    destination: (objectName) => destination(raw, objectName),
    images: {
      watch(customerId, count, listener, onProblem) {
        const newest = query(
          collection(firestore, `${customerPath(customerId)}/images`),
          orderBy('receivedAt', 'desc'),
          limit(count),
        )
        return onSnapshot(
          newest,
          { includeMetadataChanges: true },
          ({ docs, metadata }) =>
            listener(
              docs.map((doc) => withDates(doc.data()) as GalleryRecord),
              !metadata.fromCache,
            ),
          (error) => onProblem(error.code),
        )
      },
      read: (object) => getBlob(ref(processed, object)),
    },
  }
}

/** A token says `email_verified` as it was when it was made: one by which its bearer is barred is asked for anew. */
async function claimsOf(user: User): Promise<Readonly<Record<string, unknown>>> {
  const { claims } = await user.getIdTokenResult()
  if (sessionOf(user, claims).barred === null) return claims
  return (await user.getIdTokenResult(true)).claims
}

function destination(storage: FirebaseStorage, objectName: string): Destination {
  const object = ref(storage, objectName)
  return {
    async put(content, contentType, onProgress, signal) {
      const task = uploadBytesResumable(object, content, { contentType })
      const cancel = () => void task.cancel()
      signal.addEventListener('abort', cancel)
      // Errors come by the promise below; without a handler of its own the observer would throw them.
      task.on(
        'state_changed',
        ({ bytesTransferred }) => onProgress(bytesTransferred),
        () => {},
      )
      try {
        return storedOf((await task).metadata)
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    },
    async stat() {
      try {
        return storedOf(await getMetadata(object))
      } catch (error) {
        if ((error as { readonly code?: string }).code === 'storage/object-not-found') return null
        throw error
      }
    },
  }
}

const storedOf = ({ size, md5Hash, timeCreated }: FullMetadata): Stored => ({
  bytes: size,
  md5: md5Hash ?? null,
  arrivedAt: new Date(timeCreated),
})

/** The same value with every Timestamp as a Date. */
function withDates(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate()
  if (Array.isArray(value)) return value.map(withDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withDates(each)]))
}
