/** A way to one of the emulators that can be shut and opened again: to whoever goes by it the server is gone, with all that was under way. */
import { connect, createServer, type Socket } from 'node:net'

export interface Gate {
  /** Such as http://127.0.0.1:40123; the same after it was shut and opened. */
  readonly url: string
  shut(): Promise<void>
  open(): Promise<void>
}

/** `target`: such as http://127.0.0.1:9199. It is open to begin with. */
export async function gateTo(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const make = () =>
    createServer((client) => {
      const server = connect(Number(port), hostname)
      keep(client)
      keep(server)
      client.pipe(server).pipe(client)
      client.once('close', () => server.destroy())
      server.once('close', () => client.destroy())
    })
  let gate = make()
  const listen = (at: number) =>
    new Promise<number>((resolve, reject) => {
      gate.once('error', reject)
      gate.listen(at, '127.0.0.1', () => resolve((gate.address() as { port: number }).port))
    })
  const at = await listen(0)
  return {
    url: `http://127.0.0.1:${at}`,
    shut: () =>
      new Promise((resolve) => {
        gate.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
    async open() {
      gate = make()
      await listen(at)
    },
  }
}
