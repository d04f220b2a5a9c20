/** The customer's backend on the firebase SDK: no decisions here. Loaded once somebody is signed in. */
import {
  collection,
  doc,
  documentId,
  onSnapshot,
  orderBy,
  query,
  where,
  type DocumentReference,
  type Query,
} from 'firebase/firestore'
import { connectFunctionsEmulator, getFunctions, httpsCallable } from 'firebase/functions'
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
import { type CustomerCalls, linksPath, type ShareLink } from '../../../functions/src/contract/customer.ts'
import type { Format } from '../../../functions/src/contract/formats.ts'
import { customerPath, imagePath, quotaPath } from '../../../functions/src/contract/names.ts'
import type { CustomerMonth } from '../../../functions/src/contract/totals.ts'
import type { Backend, Listener, OnProblem, Stop } from '../backend.ts'
import type { GalleryRecord } from '../gallery/images.ts'
import type { Destination, Stored } from '../upload/send.ts'
import type { Connection } from './accounts.ts'
import { firestoreOf, withDates } from './firestore.ts'
import { rangeQuery, rangeOf } from './image-queries.ts'

/**
 * How long the SDK retries by itself, in milliseconds; it has ten minutes by default. An upload that it gives up begins anew, from its first byte,
 * once the server can be reached: so not too soon; a question is asked again soon enough.
 */
const UPLOAD_RETRY_MS = 60_000
const LOOK_RETRY_MS = 10_000
const OPERATION_RETRY_MS = 30_000

/** Call it once: the SDK keeps its apps for good. */
export function openBackend(connection: Connection): Backend {
  const { app, config, accounts } = connection
  const firestore = firestoreOf(connection)
  const raw = getStorage(app, `gs://${config.rawBucket}`)
  const processed = getStorage(app, `gs://${config.processedBucket}`)
  const functions = getFunctions(app, config.location)
  raw.maxUploadRetryTime = UPLOAD_RETRY_MS
  raw.maxOperationRetryTime = LOOK_RETRY_MS
  processed.maxOperationRetryTime = OPERATION_RETRY_MS
  if (config.emulators !== null) {
    const { hostname, port } = new URL(config.emulators.storage)
    for (const storage of [raw, processed]) connectStorageEmulator(storage, hostname, Number(port))
    if (config.emulators.functions !== null) {
      const { hostname: host, port: at } = new URL(config.emulators.functions)
      connectFunctionsEmulator(functions, host, Number(at))
    }
  }

  return {
    raw: {
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
      refreshToken: () => accounts.refresh(),
    },
    images: {
      watchRange(customerId, filter, range, listener, onProblem) {
        const images = collection(firestore, `${customerPath(customerId)}/images`)
        // Of hundreds one changes at a time: the others are not converted again.
        const known = new Map<string, GalleryRecord>()
        return onSnapshot(
          rangeQuery(images, filter, range),
          { includeMetadataChanges: true },
          (found) => {
            for (const { type, doc: changed } of found.docChanges()) {
              if (type === 'removed') known.delete(changed.id)
              else known.set(changed.id, valueOf<GalleryRecord>(changed))
            }
            const records = found.docs.flatMap(({ id }) => known.get(id) ?? [])
            listener(rangeOf(records, filter, range), !found.metadata.fromCache)
          },
          (error) => onProblem(error.code),
        )
      },
      watchOne: (customerId, imageId, listener, onProblem) =>
        watchDocument<GalleryRecord>(doc(firestore, imagePath(customerId, imageId)), listener, onProblem),
      read: (object) => getBlob(ref(processed, object)),
    },
    links: {
      watchLinks(customerId, imageId, listener, onProblem) {
        const links = collection(firestore, linksPath(customerId))
        const ofImage = query(links, where('imageId', '==', imageId), orderBy('createdAt', 'desc'))
        return watchList<ShareLink<Date>>(ofImage, listener, onProblem)
      },
    },
    figures: {
      watchMonths(customerId, first, last, listener, onProblem) {
        const months = collection(firestore, `${customerPath(customerId)}/months`)
        const asked = query(months, where(documentId(), '>=', first), where(documentId(), '<=', last))
        return watchList<CustomerMonth<Date>>(asked, listener, onProblem)
      },
    },
    async call<Name extends keyof CustomerCalls>(name: Name, request: CustomerCalls[Name][0]) {
      const answer = await httpsCallable<CustomerCalls[Name][0], CustomerCalls[Name][1]>(functions, name)(request)
      return answer.data
    },
  }
}

/** What the pipeline writes is of the type that its place has: it is taken at its word. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters
const valueOf = <T>(found: { data(): unknown }) => withDates(found.data()) as T

const watchList = <T>(asked: Query, listener: Listener<readonly T[]>, onProblem: OnProblem): Stop =>
  onSnapshot(
    asked,
    { includeMetadataChanges: true },
    ({ docs, metadata }) =>
      listener(
        docs.map((each) => valueOf<T>(each)),
        !metadata.fromCache,
      ),
    (error) => onProblem(error.code),
  )

const watchDocument = <T>(asked: DocumentReference, listener: Listener<T | null>, onProblem: OnProblem): Stop =>
  onSnapshot(
    asked,
    { includeMetadataChanges: true },
    (found) => listener(found.exists() ? valueOf<T>(found) : null, !found.metadata.fromCache),
    (error) => onProblem(error.code),
  )

function destination(storage: FirebaseStorage, objectName: string): Destination {
  const object = ref(storage, objectName)
  return {
    put(content, contentType, onProgress) {
      const task = uploadBytesResumable(object, content, { contentType })
      // Errors come by the promise below; without a handler of its own the observer would throw them.
      task.on(
        'state_changed',
        ({ bytesTransferred }) => onProgress(bytesTransferred),
        () => {},
      )
      return {
        stored: (async () => storedOf((await task).metadata))(),
        pause: () => task.pause(),
        resume: () => task.resume(),
        cancel: () => task.cancel(),
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
