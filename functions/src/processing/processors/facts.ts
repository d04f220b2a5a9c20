import type { Processor } from '../processor.ts'

/** Keeps what the bytes say about themselves: format, width, height, pages, alpha, bytes, SHA-256. */
export const facts = {
  name: 'facts',
  version: 1,
  settings: {},
  deadlineMs: 1000,
  run: async (image) => ({ findings: { ...image.facts } }),
} as const satisfies Processor
