/** The real adapters, against the emulators, pass the suites that their twins in memory pass. */
import { runInThisContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { objectStoreConformance } from '../../functions/src/intake/testing/object-store-conformance.ts'
import { documentStoreConformance } from '../../functions/src/ledger/testing/document-store-conformance.ts'
import { usersConformance } from '../../functions/src/api/testing/users-conformance.ts'
import { AuthUsers } from '../../functions/src/platform/auth-users.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

// jest runs no import() of a package, which the Storage client's transport does with each request: Node itself loads it here.
jest.mock('../../functions/node_modules/teeny-request', () => {
  const { createRequire } = runInThisContext("process.getBuiltinModule('node:module')") as typeof import('node:module')
  return createRequire(__filename)('../../functions/node_modules/teeny-request')
})

let stack: Stack
beforeAll(async () => {
  // There is none here, and the clients would look for it.
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  stack = await startStack({ parts: ['auth', 'firestore', 'storage'], log: () => {} })
}, 120_000)
afterAll(async () => stack?.stop(), 60_000)

describe('FirestoreStore', () => {
  let store: FirestoreStore
  beforeAll(() => {
    store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  })
  afterAll(async () => store?.[Symbol.asyncDispose]())

  documentStoreConformance(async () => {
    await ask(
      'DELETE',
      `http://${stack.firestoreHost}/emulator/v1/projects/${stack.projectId}/databases/(default)/documents`,
    )
    return store
  })
})

describe('CloudObjects', () => {
  const open = () => new CloudObjects(stack.rawBucket, { apiEndpoint: stack.storageUrl, projectId: stack.projectId })
  const urlOf = (name: string) => `${stack.storageUrl}/storage/v1/b/${stack.rawBucket}/o/${encodeURIComponent(name)}`
  const remove = async (name: string) => ask('DELETE', urlOf(name))
  const upload = async (name: string, bytes: Uint8Array, contentType: string, more: object = {}) => {
    const part = (type: string) => `--x\r\ncontent-type: ${type}\r\n\r\n`
    const head = `${part('application/json')}${JSON.stringify({ name, contentType, ...more })}\r\n${part(contentType)}`
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--')])
    const url = `${stack.storageUrl}/upload/storage/v1/b/${stack.rawBucket}/o?uploadType=multipart`
    await ask('POST', url, body, 'multipart/related; boundary=x')
  }

  objectStoreConformance(async () => {
    const objects = open()
    for (const { name } of await objects.list({ limit: 1000 })) await remove(name)
    return { objects, remove, overwrite: async (...object) => upload(...object) }
  })

  it('reads what its sender calls compressed as it lies there: a small file can not grow in our memory', async () => {
    const packed = gzipSync(Buffer.alloc(1_000_000))
    await upload('packed', packed, 'image/jpeg', { contentEncoding: 'gzip' })
    const stat = await open().stat('packed')
    expect(stat?.bytes).toBe(packed.length)
    const read = await open().read('packed', stat?.generation ?? '')
    expect(Buffer.compare(read, packed)).toBe(0)
  })
})

async function ask(
  method: string,
  url: string,
  body: Buffer<ArrayBuffer> | null = null,
  contentType?: string,
): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { authorization: 'Bearer owner', ...(contentType !== undefined && { 'content-type': contentType }) },
    body,
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
}

describe('AuthUsers', () => {
  usersConformance(async () => {
    process.env['GCLOUD_PROJECT'] = stack.projectId
    Object.assign(process.env, { FIREBASE_AUTH_EMULATOR_HOST: stack.env['FIREBASE_AUTH_EMULATOR_HOST'] })
    const accounts = `${stack.authUrl}/emulator/v1/projects/${stack.projectId}/accounts`
    await ask('DELETE', accounts)
    return {
      users: new AuthUsers(),
      add: async (uid, { email, emailVerified, ...claims }) => {
        const url = `${stack.authUrl}/identitytoolkit.googleapis.com/v1/projects/${stack.projectId}/accounts`
        const user = { localId: uid, emailVerified, customAttributes: JSON.stringify(claims) }
        await ask('POST', url, Buffer.from(JSON.stringify({ localId: uid, email })), 'application/json')
        await ask('POST', `${url}:update`, Buffer.from(JSON.stringify(user)), 'application/json')
      },
    }
  })

  it('touches nobody where only the other emulators are named', () => {
    const { FIREBASE_AUTH_EMULATOR_HOST: host = '', FIRESTORE_EMULATOR_HOST: others } = process.env
    try {
      delete process.env['FIREBASE_AUTH_EMULATOR_HOST']
      process.env['FIRESTORE_EMULATOR_HOST'] = stack.firestoreHost
      expect(() => new AuthUsers()).toThrow('expected both or none')
    } finally {
      process.env['FIREBASE_AUTH_EMULATOR_HOST'] = host
      if (others === undefined) delete process.env['FIRESTORE_EMULATOR_HOST']
      else process.env['FIRESTORE_EMULATOR_HOST'] = others
    }
  })
})
