import type { Output } from '../../../../functions/src/contract/record.ts'
import type { Card } from '../../gallery/cards.ts'

export const output = (name: string, edge: number, more: Partial<Output> = {}): Output => ({
  name,
  object: `ada/${name}`,
  contentType: 'image/webp',
  bytes: edge * 10,
  width: edge,
  height: edge,
  ...more,
})

/** An image that is done, with one result. */
export const card = (fileName: string, more: Partial<Card> = {}): Card => ({
  imageId: fileName,
  uploadId: null,
  source: 'web',
  fileName,
  status: 'done',
  error: null,
  attempt: 1,
  format: 'jpeg',
  bytes: 1000,
  dimensions: { width: 1600, height: 1067 },
  pages: 1,
  alpha: false,
  receivedAt: new Date('2026-11-28T12:00:00Z'),
  processedAt: new Date('2026-11-28T12:00:02Z'),
  availableUntil: new Date('2026-12-05T12:00:02Z'),
  deletedAt: null,
  sameAs: null,
  outputs: [output('fit-800', 800)],
  findings: {},
  placeholder: null,
  thumbnail: null,
  ...more,
})
