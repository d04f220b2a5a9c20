/** The records of bench/kafka.ts: as many different ones as are asked for, of bytes that nothing can compress, and the same ones each time. */
import { createHash } from 'node:crypto'

/** Pseudo-random, made once. */
let noise: Buffer | null = null
function noiseOf(bytes: number): Buffer {
  if (noise === null || noise.length < bytes) {
    const blocks: Buffer[] = []
    for (let n = 0; n * 64 < bytes; n++) blocks.push(createHash('sha512').update(String(n)).digest())
    noise = Buffer.concat(blocks)
  }
  return noise.subarray(0, bytes)
}

/** From `smallest` to `largest` bytes, evenly. Begins as a JPEG does. */
export function benchRecord(index: number, smallest: number, largest: number): Buffer {
  const spread = ((index * 7919) % 1000) / 999
  const size = Math.round(smallest + spread * (largest - smallest))
  const head = Buffer.alloc(16)
  head.writeUInt32BE(0xffd8ffe0, 0)
  head.writeUInt32BE(index, 8)
  return Buffer.concat([head, noiseOf(size - head.length)])
}
