import { assertFails, assertSucceeds, type RulesTestEnvironment } from '@firebase/rules-unit-testing'
import { ACCEPTED_MEDIA_TYPES } from '../../functions/src/contract/formats.ts'
import { MAX_UPLOAD_BYTES } from '../../functions/src/contract/limits.ts'
import { as, EVERYONE, PROCESSED_BUCKET, RAW_BUCKET, rulesEnvironment, type PersonName } from './environment.ts'

type Settable = Parameters<ReturnType<ReturnType<ReturnType<typeof as>['storage']>['ref']>['put']>[1]

let environment: RulesTestEnvironment

beforeAll(async () => {
  environment = await rulesEnvironment()
})
afterAll(() => environment.cleanup())

const object = (who: PersonName, bucket: string, name: string) =>
  as(environment, who).storage(`gs://${bucket}`).ref(name)
const raw = (who: PersonName, name: string) => object(who, RAW_BUCKET, name)
const processed = (who: PersonName, name: string) => object(who, PROCESSED_BUCKET, name)
/** A name that nobody has used yet: clearStorage() knows the default bucket only. */
const fresh = (customerId: string) => `web/${customerId}/${crypto.randomUUID()}/a.jpg`
const JPEG = { contentType: 'image/jpeg' }
const BYTES = new Uint8Array([0xff, 0xd8, 0xff])

const upload = async (
  who: PersonName,
  name: string,
  options: { bucket?: string; bytes?: Uint8Array; metadata?: Settable } = {},
) => object(who, options.bucket ?? RAW_BUCKET, name).put(options.bytes ?? BYTES, options.metadata ?? JPEG)

/** Puts an object there as the pipeline does: with credentials that no rule applies to. */
const stored = (bucket: string, name: string) =>
  environment.withSecurityRulesDisabled(async (context) => {
    await context.storage(`gs://${bucket}`).ref(name).put(BYTES, JPEG)
  })

describe('an upload', () => {
  it.each([
    ['ada', 'ada'],
    ['acme1', 'acme'],
    ['acme2', 'acme'],
  ] as const)('by %s is taken under customer %s', async (who, customerId) => {
    await assertSucceeds(upload(who, fresh(customerId)))
  })

  it.each(ACCEPTED_MEDIA_TYPES)('of type %s is taken', async (contentType) => {
    await assertSucceeds(upload('ada', fresh('ada'), { metadata: { contentType } }))
  })

  it.each(EVERYONE.filter((who) => who !== 'ada'))('by %s is refused under customer ada', async (who) => {
    await assertFails(upload(who, fresh('ada')))
  })

  it.each([
    ['acme1', 'user-1'],
    ['acme2', 'user-2'],
    ['acme1', 'ada'],
    ['ada', 'acme'],
    ['admin', 'root'],
    ['claimOfEmpty', ''],
  ] as const)('by %s is refused under customer %j', async (who, customerId) => {
    await assertFails(upload(who, fresh(customerId)))
  })

  it.each([
    'image/svg+xml',
    'image/heif',
    'image/jpg',
    'image/*',
    'IMAGE/JPEG',
    'image/jpeg; charset=utf-8',
    ' image/jpeg',
    'application/octet-stream',
    'text/html',
    'application/x-image/jpeg',
  ])('of type %j is refused', async (contentType) => {
    await assertFails(upload('ada', fresh('ada'), { metadata: { contentType } }))
  })

  it('without a type is refused', async () => {
    await assertFails(upload('ada', fresh('ada'), { metadata: {} }))
  })

  it('without a byte is taken, so that the pipeline can say that it is empty', async () => {
    await assertSucceeds(upload('ada', fresh('ada'), { bytes: new Uint8Array(0) }))
  })

  it('of the largest size is taken, a byte more is refused', async () => {
    const bytes = new Uint8Array(MAX_UPLOAD_BYTES + 1)
    await assertSucceeds(upload('ada', fresh('ada'), { bytes: bytes.subarray(0, MAX_UPLOAD_BYTES) }))
    await assertFails(upload('ada', fresh('ada'), { bytes }))
  })

  it('never overwrites, neither its own object nor with the same bytes', async () => {
    const name = fresh('ada')
    await assertSucceeds(upload('ada', name))
    await assertFails(upload('ada', name))
    await assertFails(upload('ada', name, { bytes: new Uint8Array([1]) }))
    const shared = fresh('acme')
    await assertSucceeds(upload('acme1', shared))
    await assertFails(upload('acme2', shared))
  })

  it.each([
    ['metadata of its own', { customMetadata: { customer: 'bob' } }],
    ['many entries of metadata', { customMetadata: { firebaseStorageDownloadTokens: 'guess', attempt: '9' } }],
    ['a gzip encoding', { contentEncoding: 'gzip' }],
    ['an unknown encoding', { contentEncoding: 'br' }],
    ['a disposition that starts a download', { contentDisposition: 'attachment; filename="x.html"' }],
  ])('with %s is refused', async (_, metadata) => {
    await assertFails(upload('ada', fresh('ada'), { metadata: { ...JPEG, ...metadata } }))
  })

  it.each(['ada', 'admin', 'nobody'] as const)('by %s into the processed bucket is refused', async (who) => {
    await assertFails(upload(who, 'ada/i1/1/a.webp', { bucket: PROCESSED_BUCKET }))
    await assertFails(upload(who, 'web/ada/u1/a.jpg', { bucket: PROCESSED_BUCKET }))
  })
})

describe('what is there', () => {
  const RAW = 'web/ada/u1/a.jpg'
  const RESULT = 'ada/i1/1/fit-200.webp'
  beforeEach(async () => {
    await stored(RAW_BUCKET, RAW)
    await stored(PROCESSED_BUCKET, RESULT)
  })

  // Rules of Storage ask nobody: a claim holds till its token ends.
  const READERS: readonly PersonName[] = ['ada', 'admin', 'revokedAdmin']
  it.each(READERS)('is read by %s', async (who) => {
    await assertSucceeds(raw(who, RAW).getMetadata())
    await assertSucceeds(processed(who, RESULT).getMetadata())
  })

  it.each(EVERYONE.filter((who) => !READERS.includes(who)))('is not read by %s', async (who) => {
    await assertFails(raw(who, RAW).getMetadata())
    await assertFails(raw(who, RAW).getDownloadURL())
    await assertFails(processed(who, RESULT).getMetadata())
    await assertFails(processed(who, RESULT).getDownloadURL())
  })

  it.each(EVERYONE.filter((who) => who === 'ada' || !READERS.includes(who)))('is not listed by %s', async (who) => {
    for (const prefix of ['', 'web', 'web/ada', 'web/ada/u1', 'ada']) {
      await assertFails(raw(who, prefix).listAll())
      await assertFails(processed(who, prefix).listAll())
    }
  })

  it('is listed by an admin', async () => {
    expect((await assertSucceeds(raw('admin', 'web/ada/u1').listAll())).items).toHaveLength(1)
    expect((await assertSucceeds(processed('admin', 'ada/i1/1').listAll())).items).toHaveLength(1)
  })

  it.each(EVERYONE)('is not changed by %s', async (who) => {
    for (const there of [raw(who, RAW), processed(who, RESULT)]) {
      await assertFails(there.updateMetadata({ customMetadata: { customer: 'bob' } }))
      await assertFails(there.updateMetadata({ contentType: 'image/png' }))
      await assertFails(Promise.resolve(there.put(BYTES, JPEG)))
      await assertFails(there.delete())
    }
  })

  it('stays with its customer where the customer is called as a source is', async () => {
    await stored(PROCESSED_BUCKET, 'web/ada/1/fit-200.webp')
    await stored(RAW_BUCKET, 'kafka/ada/u1/image')
    await assertFails(processed('ada', 'web/ada/1/fit-200.webp').getMetadata())
    await assertFails(raw('ada', 'kafka/ada/u1/image').getMetadata())
    await assertFails(upload('ada', 'kafka/ada/u2/image'))
  })

  it('is not read at another depth', async () => {
    for (const name of ['ada/a.jpg', 'ada/i1/a.jpg', 'ada/i1/1/a/b.jpg', 'ada']) {
      await stored(PROCESSED_BUCKET, name)
      await assertFails(processed('ada', name).getMetadata())
    }
  })
})
