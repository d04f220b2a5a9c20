/** For tests. */
import { type Card, cardOf } from '../gallery/cards.ts'
import type { GalleryRecord } from '../gallery/images.ts'
import type { UploadItem, UploadState } from './uploads.ts'

export const item = (uploadId: string, state: UploadState, more: Partial<UploadItem> = {}): UploadItem => ({
  uploadId,
  fileName: `${uploadId}.jpg`,
  folder: null,
  bytes: 100,
  originalBytes: null,
  format: 'jpeg',
  preview: 'none',
  state,
  ...more,
})

export const record = (uploadId: string, more: Partial<GalleryRecord> = {}): GalleryRecord => ({
  imageId: `image-of-${uploadId}`,
  source: 'web',
  fileName: `${uploadId}.jpg`,
  state: 'received',
  job: null,
  attempt: 1,
  raw: { name: `web/c/${uploadId}/${uploadId}.jpg`, bytes: 100 } as GalleryRecord['raw'],
  input: null,
  outputs: [],
  findings: {},
  error: null,
  sameAs: null,
  receivedAt: new Date(0),
  processedAt: null,
  availableUntil: null,
  deletedAt: null,
  ...more,
})

export const card = (uploadId: string, more: Partial<Card> = {}): Card => ({ ...cardOf(record(uploadId)), ...more })
