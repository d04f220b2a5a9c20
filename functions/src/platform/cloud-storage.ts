import { CRC32C, Storage, type Bucket, type FileMetadata, type StorageOptions } from '@google-cloud/storage'
import type { BucketTimes } from '../config/retention.ts'
import {
  ObjectConflict,
  ObjectGone,
  ObjectRetained,
  type ObjectStat,
  type ObjectStore,
} from '../intake/object-store.ts'
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
      // Where it is there already: the precondition fails, or the right to overwrite is missing, which the functions' accounts don't have.
      if (statusOf(error) !== 412 && statusOf(error) !== 403) throw error
      const found = await this.stat(name)
      if (found !== null) return sameOr(found, bytes)
      if (statusOf(error) === 403) throw error
      throw new ObjectGone(`${name} was there and is no longer`, { cause: error })
    }
  }

  async list(options: Parameters<ObjectStore['list']>[0]): Promise<readonly ObjectStat[]> {
    const { startAfter, prefix, limit } = options
    const found: ObjectStat[] = []
    // One more than asked for, since the offset itself is part of the answer. The emulator starts from the first name.
    let query: object | null = {
      autoPaginate: false,
      maxResults: limit + 1,
      ...(startAfter !== undefined && { startOffset: startAfter }),
      ...(prefix !== undefined && { prefix }),
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

  async delete(name: string, generation: string): Promise<void> {
    if (this.#emulated && (await this.stat(name))?.generation !== generation) return
    try {
      await this.#bucket.file(name, { generation }).delete()
    } catch (error) {
      if (statusOf(error) === 404) return
      if (isRetained(error)) throw new ObjectRetained(`${name} can't be deleted yet`, { cause: error })
      throw error
    }
  }
}

/** What Cloud Storage says of a bucket (storage.buckets.get); null: there is none of this name. */
export async function bucketTimes(bucketName: string, options: StorageOptions = {}): Promise<BucketTimes | null> {
  try {
    const [metadata] = await new Storage(options).bucket(bucketName).getMetadata()
    return metadata as unknown as BucketTimes
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes#403-forbidden */
const isRetained = (error: unknown) =>
  statusOf(error) === 403 &&
  ((error as { readonly errors?: readonly { readonly reason?: string }[] }).errors ?? []).some(({ reason }) =>
    ['retentionPolicyNotMet', 'objectUnderActiveHold'].includes(reason ?? ''),
  )

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
