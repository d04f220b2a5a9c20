/** Puts the parts together for openLink: Firestore, which it reads, and the processed bucket. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { addAbortSignal } from 'node:stream'
import { Storage } from '@google-cloud/storage'
import { openLink, type LinkObject, type OpenLinkDeps } from '../api/open-link.ts'
import { sendLink } from '../api/send-link.ts'
import { parseSettings } from '../config/settings.ts'
import { cloudLog } from './cloud-log.ts'
import { CloudObjects } from './cloud-storage.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'

const deps = once((): OpenLinkDeps => {
  const { processedBucket } = parseSettings(process.env)
  const objects = new CloudObjects(processedBucket)
  const bucket = new Storage().bucket(processedBucket)
  return {
    store: new FirestoreStore(),
    async find(name): Promise<LinkObject | null> {
      const stat = await objects.stat(name)
      if (stat === null) return null
      const file = bucket.file(name, { generation: stat.generation })
      // As it lies there; its checksum is compared at the end.
      const content = (signal: AbortSignal) =>
        addAbortSignal(signal, file.createReadStream({ decompress: false, validation: 'crc32c' }))
      return { bytes: stat.bytes, content }
    },
    log: cloudLog,
    now: () => new Date(),
  }
})

/** As of {@link sendLink}. */
export const answerLink = (request: IncomingMessage, response: ServerResponse, seconds: number): Promise<void> =>
  sendLink(request, response, seconds, (opening) => openLink(deps(), opening))
