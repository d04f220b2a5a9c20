import { createServer, type Server } from 'node:net'
import { PORT_NAMES, takePorts } from './ports.ts'

const listening = (port: number) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
const closed = (server: Server) => new Promise((resolve) => server.close(resolve))

it('gives each part a port of its own, and no two stacks the same', async () => {
  const first = await takePorts(null)
  const second = await takePorts(null)
  const all = [...Object.values(first.ports), ...Object.values(second.ports)]
  expect(new Set(all).size).toBe(2 * PORT_NAMES.length)
  await first.release()
  await second.release()
})

it('passes over a block of which one port is in use, and names that port where the block was asked for', async () => {
  const probe = await takePorts(null)
  await probe.release()
  const other = await listening(probe.ports.storage)
  const next = await takePorts(null)
  expect(next.ports.hosting).toBeGreaterThan(probe.ports.hosting)
  await next.release()
  await expect(takePorts(probe.ports.hosting)).rejects.toThrow(`port ${probe.ports.storage} is in use`)
  await closed(other)
  const again = await takePorts(probe.ports.hosting)
  expect(again.ports).toEqual(probe.ports)
  await again.release()
})
