import { Instant } from '../instant.ts'
import { documentStoreConformance } from './document-store-conformance.ts'
import { MemoryStore } from './memory-store.ts'

/** A clock that never stands still. */
function clock(): () => Instant {
  let micros = Instant.parse('2026-11-23T12:00:00Z').micros
  return () => Instant.ofMicros(++micros)
}

describe('MemoryStore', () => {
  documentStoreConformance(async () => new MemoryStore({ now: clock() }))
})
