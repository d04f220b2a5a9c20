import type { Instant } from '../../ledger/instant.ts'
import { ObjectConflict, ObjectGone, ObjectRetained, type ObjectStat, type ObjectStore } from '../object-store.ts'

export interface ObjectOperation {
  readonly kind: 'stat' | 'read' | 'create' | 'list' | 'delete'
  readonly path: string
}

export interface MemoryObjectsOptions {
  readonly now: () => Instant
  /** Awaited before and after each operation, as MemoryStore's. */
  readonly gate?: (operation: ObjectOperation, phase: 'before' | 'after') => Promise<void> | void
  /** The bucket's retention policy: younger objects can't be deleted. 0 is none. */
  readonly retentionDays?: number
}

/** A bucket in memory. */
export class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<string, { readonly stat: ObjectStat; readonly bytes: Uint8Array }>()
  readonly #options: MemoryObjectsOptions
  #generation = 0

  constructor(options: MemoryObjectsOptions) {
    this.#options = options
  }

  stat(name: string): Promise<ObjectStat | null> {
    return this.#operate('stat', name, () => this.#objects.get(name)?.stat ?? null)
  }

  read(name: string, generation: string): Promise<Uint8Array> {
    return this.#operate('read', name, () => {
      const object = this.#objects.get(name)
      if (object?.stat.generation !== generation) throw new ObjectGone(`${name} has no generation ${generation}`)
      return object.bytes
    })
  }

  create(
    name: string,
    bytes: Uint8Array,
    contentType: string,
    metadata: ObjectStat['metadata'] = {},
  ): Promise<ObjectStat> {
    return this.#operate('create', name, () => {
      const there = this.#objects.get(name)
      if (there === undefined) return this.#put(name, bytes, contentType, metadata)
      if (there.stat.crc32c !== crc32c(bytes)) throw new ObjectConflict(`${name} exists already with other bytes`)
      return there.stat
    })
  }

  list(options: Parameters<ObjectStore['list']>[0]): Promise<readonly ObjectStat[]> {
    const { startAfter, prefix = '', limit } = options
    return this.#operate('list', startAfter ?? prefix, () =>
      [...this.#objects.values()]
        .map(({ stat }) => stat)
        .filter(({ name }) => name.startsWith(prefix))
        .filter(({ name }) => startAfter === undefined || compareBytes(name, startAfter) > 0)
        .sort((a, b) => compareBytes(a.name, b.name))
        .slice(0, limit),
    )
  }

  delete(name: string, generation: string): Promise<void> {
    return this.#operate('delete', name, () => {
      const stat = this.#objects.get(name)?.stat
      if (stat?.generation !== generation) return
      const until = stat.createdAt.plusDays(this.#options.retentionDays ?? 0)
      if (until.isAfter(this.#options.now())) throw new ObjectRetained(`${name} is kept until ${until.toString()}`)
      this.#objects.delete(name)
    })
  }

  /** What only somebody outside the pipeline does: replaces an object. */
  overwrite(name: string, bytes: Uint8Array, contentType: string): void {
    this.#put(name, bytes, contentType, {})
  }

  /** For tests: what is there. */
  names(): readonly string[] {
    return [...this.#objects.keys()]
  }

  /** What only the lifecycle does. */
  remove(name: string): void {
    this.#objects.delete(name)
  }

  #put(name: string, bytes: Uint8Array, contentType: string, metadata: ObjectStat['metadata']): ObjectStat {
    const stat: ObjectStat = {
      name,
      generation: String(++this.#generation),
      bytes: bytes.length,
      contentType,
      metadata,
      crc32c: crc32c(bytes),
      createdAt: this.#options.now(),
    }
    this.#objects.set(name, { stat, bytes: bytes.slice() })
    return stat
  }

  async #operate<R>(kind: ObjectOperation['kind'], path: string, result: () => R): Promise<R> {
    await this.#options.gate?.({ kind, path }, 'before')
    const value = result()
    await this.#options.gate?.({ kind, path }, 'after')
    return value
  }
}

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  return c
})

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), big-endian, in Base64: as Cloud Storage gives it. */
export function crc32c(bytes: Uint8Array): string {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  const word = Buffer.alloc(4)
  word.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
  return word.toString('base64')
}
