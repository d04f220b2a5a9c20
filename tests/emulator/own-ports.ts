import { randomInt } from 'node:crypto'
import { takePorts } from '../../stack/ports.ts'

/** A block of ports beyond those that a stack finds by itself: whoever looks whether its ports are free again finds nobody else's there. */
export async function ownPorts(): Promise<number> {
  for (;;) {
    const base = 10_000 + 20 * randomInt(500)
    const held = await takePorts(base).catch(() => null)
    await held?.release()
    if (held !== null) return base
  }
}
