import { CRC32C, Storage, type Bucket, type FileMetadata, type StorageOptions } from '@google-cloud/storage'
import { ObjectConflict, ObjectGone, type ObjectStat, type ObjectStore } from '../intake/object-store.ts'
import { Instant } from '../ledger/instant.ts'

/** One bucket in Cloud Storage; in its emulator where STORAGE_EMULATOR_HOST or `apiEndpoint` says so. */
export class CloudObjects implements ObjectStore {
  readonly #bucket: Bucket
  /** The emulator neither keeps preconditions nor tells generations apart: there we look before we write and after we read. */
  readonly #emulated: boolean

  constructor(bucketName: string, options: StorageOptions = {}) {
    this.#bucket = new Storage(options).bucket(bucketName)
    this.#emulated = options.apiEndpoint !== undefined || process.env['STORAGE_EMULATOR_HOST'] !== undefined
  }

  async stat(name: string): Promise<ObjectStat | null> {
    try {
      const [metadata] = await this.#bucket.file(name).getMetadata()
      return statOf(metadata)
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  }

  async read(name: string, generation: string): Promise<Uint8Array> {
    try {
      // As they lie there: unpacked, a file of the permitted size that says it is compressed could fill the memory.
      const [bytes] = await this.#bucket.file(name, { generation }).download({ decompress: false })
      if (!this.#emulated || (await this.stat(name))?.generation === generation) return bytes
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
    throw new ObjectGone(`${name} is no longer there in generation ${generation}`)
  }

  async create(
    name: string,
    bytes: Uint8Array,
    contentType: string,
    metadata: ObjectStat['metadata'] = {},
  ): Promise<ObjectStat> {
    const there = this.#emulated ? await this.stat(name) : null
    if (there !== null) return sameOr(there, bytes)
    try {
      const file = this.#bucket.file(name)
      await file.save(bytes, {
        contentType,
        metadata: { metadata: { ...metadata } },
        resumable: false,
        validation: 'crc32c',
        preconditionOpts: { ifGenerationMatch: 0 },
      })
      return statOf(file.metadata)
    } catch (error) {
      if (statusOf(error) !== 412) throw error
    }
    const found = await this.stat(name)
    if (found === null) throw new ObjectGone(`${name} was there and is no longer`)
    return sameOr(found, bytes)
  }

  async list(options: { readonly startAfter?: string; readonly limit: number }): Promise<readonly ObjectStat[]> {
    const { startAfter, limit } = options
    const found: ObjectStat[] = []
    // One more than asked for, since the offset itself is part of the answer. The emulator starts from the first name.
    let query: object | null = {
      autoPaginate: false,
      maxResults: limit + 1,
      ...(startAfter !== undefined && { startOffset: startAfter }),
    }
    while (query !== null && found.length < limit) {
      const [files, next]: [{ metadata: FileMetadata }[], object | null, ...unknown[]] =
        await this.#bucket.getFiles(query)
      for (const { metadata } of files) {
        const stat = statOf(metadata)
        if (startAfter === undefined || Buffer.compare(Buffer.from(stat.name), Buffer.from(startAfter)) > 0)
          found.push(stat)
      }
      query = next
    }
    return found.slice(0, limit)
  }
}

function statOf(metadata: FileMetadata): ObjectStat {
  const { name, generation, size, contentType, crc32c, timeCreated } = metadata
  if (name === undefined || generation === undefined || crc32c === undefined || timeCreated === undefined) {
    throw new Error(`Cloud Storage described ${name ?? 'an object'} without its generation, checksum or time`)
  }
  return {
    name,
    generation: String(generation),
    bytes: Number(size ?? 0),
    contentType: contentType ?? '',
    metadata: customOf(metadata),
    crc32c,
    createdAt: Instant.parse(timeCreated),
  }
}

/** The emulator gives web uploads a token there. */
const customOf = ({ metadata: custom }: FileMetadata): ObjectStat['metadata'] =>
  Object.fromEntries(
    Object.entries(custom ?? {}).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )

function sameOr(there: ObjectStat, bytes: Uint8Array): ObjectStat {
  const sum = new CRC32C()
  sum.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (sum.toString() === there.crc32c) return there
  throw new ObjectConflict(`${there.name} exists already with other bytes`)
}

const statusOf = (error: unknown) => (error as { readonly code?: unknown }).code
