import { Instant } from '../../ledger/instant.ts'
import { ObjectConflict, ObjectRetained } from '../object-store.ts'
import { MemoryObjects } from './memory-objects.ts'
import { objectStoreConformance } from './object-store-conformance.ts'

const now = () => Instant.parse('2026-11-23T12:00:00Z')

describe('MemoryObjects', () => {
  objectStoreConformance(async () => {
    const objects = new MemoryObjects({ now })
    return {
      objects,
      overwrite: async (name, bytes, contentType) => objects.overwrite(name, bytes, contentType),
      remove: async (name) => objects.remove(name),
    }
  })

  it('of two that create the same name at the same moment, lets one win', async () => {
    const objects = new MemoryObjects({ now })
    const tries = ['x', 'y', 'x'].map((text) => objects.create('a', Buffer.from(text), 'text/plain'))
    const [x, y, again] = await Promise.allSettled(tries)
    expect(x).toMatchObject({ status: 'fulfilled', value: { generation: '1' } })
    expect(y).toMatchObject({ status: 'rejected', reason: expect.any(ObjectConflict) as ObjectConflict })
    expect(again).toEqual(x)
  })

  it('under a retention policy deletes nothing sooner', async () => {
    let time = now()
    const objects = new MemoryObjects({ now: () => time, retentionDays: 7 })
    const { generation } = await objects.create('a', new Uint8Array(), 'text/plain')
    time = time.plusDays(7).plusSeconds(-1)
    await expect(objects.delete('a', generation)).rejects.toThrow(ObjectRetained)
    expect(await objects.stat('a')).not.toBeNull()
    time = time.plusSeconds(1)
    await objects.delete('a', generation)
    expect(await objects.stat('a')).toBeNull()
  })

  it('lists names by their UTF-8 bytes, not by UTF-16 units', async () => {
    const objects = new MemoryObjects({ now })
    for (const name of ['😀', '\uffee', '\ud7ff']) await objects.create(name, new Uint8Array(), 'text/plain')
    expect((await objects.list({ limit: 3 })).map(({ name }) => name)).toEqual(['\ud7ff', '\uffee', '😀'])
  })
})
