import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ObjectConflict } from '../intake/object-store.ts'
import { crc32c } from '../intake/testing/memory-objects.ts'
import { CloudObjects } from './cloud-storage.ts'

/** Cloud Storage as it answers whoever may create and read, but neither overwrite nor delete. */
let server: Server | null = null
afterEach(async () => {
  await new Promise((closed) => (server === null ? closed(null) : server.close(closed)))
  server = null
})

const BYTES = Buffer.from('an image')

async function bucketWith(there: Buffer | null): Promise<CloudObjects> {
  let looked = 0
  server = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    request.resume().on('end', () => {
      if (request.method === 'POST') {
        const message =
          'darkroom-bridge does not have storage.objects.delete access to the Google Cloud Storage object.'
        answer(403, { error: { code: 403, message, errors: [{ message, reason: 'forbidden' }] } })
      } else if (looked++ === 0 || there === null) {
        // At first, as the adapter looks where it can't rely on preconditions: another was faster afterwards.
        answer(404, { error: { code: 404, message: 'No such object' } })
      } else {
        answer(200, {
          name: 'kafka/acme/1/image',
          generation: '1',
          size: String(there.length),
          crc32c: crc32c(there),
          timeCreated: '2026-11-25T12:00:00.000Z',
        })
      }
    })
  })
  await new Promise((listening) => server?.listen(0, '127.0.0.1', () => listening(null)))
  const { port } = server.address() as AddressInfo
  return new CloudObjects('a-bucket', {
    apiEndpoint: `http://127.0.0.1:${port}`,
    projectId: 'p',
    retryOptions: { autoRetry: false },
  })
}

describe('without the right to overwrite, an object that is there already', () => {
  it('is success where it is the same', async () => {
    const bucket = await bucketWith(BYTES)
    await expect(bucket.create('kafka/acme/1/image', BYTES, 'image/png')).resolves.toMatchObject({ generation: '1' })
  })

  it('is a conflict where it is another', async () => {
    const bucket = await bucketWith(Buffer.from('another'))
    await expect(bucket.create('kafka/acme/1/image', BYTES, 'image/png')).rejects.toBeInstanceOf(ObjectConflict)
  })
})

it('without the right to create, Storage’s own words are told', async () => {
  const bucket = await bucketWith(null)
  await expect(bucket.create('kafka/acme/1/image', BYTES, 'image/png')).rejects.toThrow('storage.objects.delete')
})
