/** Ports for one stack: a block of neighbours that nobody else uses, kept for us by holding one of them. */
import { createServer, type Server } from 'node:net'

/** In the order of their offset from the block's first port. */
export const PORT_NAMES = [
  'hosting',
  'auth',
  'firestore',
  'firestoreWebsocket',
  'storage',
  'functions',
  'tasks',
  'eventarc',
  'hub',
  'logging',
  'bigQuery',
  'bigQueryGrpc',
  'kafka',
  'kafkaController',
  'kafkaSecured',
  /** Held by us, so that no two stacks take the same block. */
  'guard',
] as const
export type PortName = (typeof PORT_NAMES)[number]
export type Ports = Readonly<Record<PortName, number>>

export const DEFAULT_PORT_BASE = 9000
const BLOCK = 20
const LAST_BASE = 9900

export interface HeldPorts {
  readonly ports: Ports
  release(): Promise<void>
}

/**
 * Takes the block at `base`, or the first free one from {@link DEFAULT_PORT_BASE} on where it is null. Throws an Error that names the
 * port that is in use.
 */
export async function takePorts(base: number | null): Promise<HeldPorts> {
  if (base !== null) {
    const held = await tryBlock(base)
    if ('taken' in held) {
      throw new Error(`port ${held.taken} is in use: choose another --port-base, or leave it out to have one found`)
    }
    return held
  }
  for (let candidate = DEFAULT_PORT_BASE; candidate <= LAST_BASE; candidate += BLOCK) {
    const held = await tryBlock(candidate)
    if (!('taken' in held)) return held
  }
  throw new Error(`no ${BLOCK} free ports between ${DEFAULT_PORT_BASE} and ${LAST_BASE + BLOCK}: give a --port-base`)
}

async function tryBlock(base: number): Promise<HeldPorts | { readonly taken: number }> {
  const ports = Object.fromEntries(PORT_NAMES.map((name, i) => [name, base + i])) as Record<PortName, number>
  const guard = await listen(ports.guard)
  if (guard === null) return { taken: ports.guard }
  const release = () => close(guard)
  for (const name of PORT_NAMES) {
    if (name === 'guard') continue
    const probe = await listen(ports[name])
    if (probe === null) {
      await release()
      return { taken: ports[name] }
    }
    await close(probe)
  }
  return { ports, release }
}

function listen(port: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => {
      server.unref()
      resolve(server)
    })
  })
}

const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))
