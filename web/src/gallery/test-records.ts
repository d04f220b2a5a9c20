/** Records and cards as tests need them. */
import { type Card, cardOf } from './cards.ts'
import type { GalleryRecord } from './images.ts'

export const at = (second: number) => new Date(Date.UTC(2026, 4, 4, 10, 20, second))

/** Its id is `image-{uploadId}`. */
export function record(uploadId: string, more: Partial<GalleryRecord> = {}): GalleryRecord {
  const name = `web/birch/${uploadId}/hills.png`
  return {
    imageId: `image-${uploadId}`,
    source: 'web',
    fileName: 'hills.png',
    state: 'processed',
    job: null,
    attempt: 1,
    raw: { name, generation: '1', bytes: 2048, contentType: 'image/png', crc32c: '', createdAt: at(0) },
    input: { format: 'png', width: 1200, height: 800, pages: 1, alpha: true, bytes: 2048, sha256: '' },
    outputs: [],
    findings: {},
    error: null,
    sameAs: null,
    receivedAt: at(0),
    processedAt: at(1),
    availableUntil: at(60),
    ...more,
  }
}

export const card = (uploadId: string, more: Partial<GalleryRecord> = {}): Card => cardOf(record(uploadId, more))
