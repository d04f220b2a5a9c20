import * as v from 'valibot'
import { defineProcessor } from '../processor.ts'

/** Keeps what the bytes say about themselves: format, width, height, pages, alpha, bytes, SHA-256. */
export const facts = defineProcessor({
  name: 'facts',
  version: 1,
  settings: v.strictObject({}),
  budget: { milliseconds: 1000 },
  run: async (image) => ({ findings: { ...image.facts } }),
})
