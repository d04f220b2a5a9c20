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

it('the past can be read for an hour, as in Firestore without point-in-time recovery, and the future never', async () => {
  let now = Instant.parse('2026-11-23T12:00:00Z')
  const store = new MemoryStore({ now: () => (now = now.plusSeconds(1)) })
  const write = (n: number) => store.transact(async (transaction) => transaction.set('c/a', { n }))
  await write(1)
  const then = now
  await write(2)
  const read = (at: Instant) => store.snapshot(async (reader) => reader.get('c/a'), { at })
  expect(await read(then)).toEqual({ n: 1 })
  now = then.plusSeconds(3599)
  expect(await read(then)).toEqual({ n: 1 })
  await expect(read(then)).rejects.toThrow(/too old/)
  await expect(read(now.plusSeconds(10))).rejects.toThrow(/not come yet/)
})
