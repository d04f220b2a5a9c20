/** The customer's page's backend on the firebase SDK: no decisions here. */
import { collection, doc, limit, onSnapshot, orderBy, query } from 'firebase/firestore'
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
import type { Format } from '../../../functions/src/contract/formats.ts'
import { customerPath, quotaPath } from '../../../functions/src/contract/names.ts'
import type { GalleryRecord, Images } from '../gallery/images.ts'
import type { Destination, Stored } from '../upload/send.ts'
import type { Backend as RawBucket } from '../upload/uploader.ts'
import { type Accounts, openProject } from './accounts.ts'
import type { WebConfig } from './config.ts'
import { firestoreOf, withDates } from './firestore.ts'

export interface Backend extends RawBucket {
  readonly accounts: Accounts
  readonly images: Images
}

/** How long the SDK retries by itself before an upload counts as failed, in milliseconds. It has ten minutes by default. */
const UPLOAD_RETRY_MS = 2 * 60_000
const OPERATION_RETRY_MS = 30_000

/** Call it once: the SDK keeps its apps for good. */
export async function connect(config: WebConfig): Promise<Backend> {
  const connection = await openProject(config)
  const firestore = firestoreOf(connection)
  const raw = getStorage(connection.app, `gs://${config.rawBucket}`)
  const processed = getStorage(connection.app, `gs://${config.processedBucket}`)
  raw.maxUploadRetryTime = UPLOAD_RETRY_MS
  raw.maxOperationRetryTime = OPERATION_RETRY_MS
  processed.maxOperationRetryTime = OPERATION_RETRY_MS
  if (config.emulators !== null) {
    const { hostname, port } = new URL(config.emulators.storage)
    for (const storage of [raw, processed]) connectStorageEmulator(storage, hostname, Number(port))
  }

  return {
    accounts: connection.accounts,
    destination: (objectName) => destination(raw, objectName),
    // Where it can't be read, the pipeline alone refuses.
    watchFormats: (customerId, listener) =>
      onSnapshot(
        doc(firestore, quotaPath(customerId)),
        (limits) => {
          const formats: unknown = limits.get('formats')
          listener(Array.isArray(formats) ? (formats as readonly Format[]) : null)
        },
        () => listener(null),
      ),
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
              docs.map((each) => withDates(each.data()) as GalleryRecord),
              !metadata.fromCache,
            ),
          (error) => onProblem(error.code),
        )
      },
      read: (object) => getBlob(ref(processed, object)),
    },
  }
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
