/**
 * MD5 (RFC 1321), which the Web Crypto API leaves out: Cloud Storage tells an object's MD5, and the SDK no other checksum. Used
 * to recognise one's own upload, never for security.
 */
const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]
/** RFC 1321, 3.4: the integer part of 4294967296 times abs(sin(i)). */
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))))
const BLOCK = 64
/** How much of a file is in memory at a time, in bytes; whole blocks. */
const SLICE = 2 ** 20

/** Base64, as Cloud Storage gives it. Rejects where the file can't be read. */
export async function md5Of(content: Blob): Promise<string> {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let at = 0; at < content.size; at += SLICE) {
    const slice = new Uint8Array(await content.slice(at, at + SLICE).arrayBuffer())
    const whole = slice.length - (slice.length % BLOCK)
    for (let from = 0; from < whole; from += BLOCK) update(state, slice, from)
  }
  const rest = new Uint8Array(await content.slice(content.size - (content.size % BLOCK)).arrayBuffer())
  const end = padded(rest, content.size)
  for (let from = 0; from < end.length; from += BLOCK) update(state, end, from)

  const digest = new DataView(new ArrayBuffer(16))
  state.forEach((word, i) => digest.setInt32(i * 4, word, true))
  return btoa(String.fromCharCode(...new Uint8Array(digest.buffer)))
}

/** RFC 1321, 3.1 and 3.2: a one, zeros, and the length in bits as a 64-bit number, low byte first. */
function padded(rest: Uint8Array, bytes: number): Uint8Array {
  const end = new Uint8Array(rest.length < BLOCK - 8 ? BLOCK : 2 * BLOCK)
  end.set(rest)
  end[rest.length] = 0x80
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(bytes) * 8n, true)
  return end
}

function update(state: Int32Array, data: Uint8Array, from: number): void {
  const block = new DataView(data.buffer, data.byteOffset + from, BLOCK)
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    const [mixed, word] = mix(round, i, b, c, d)
    const sum = (a + mixed + (SINES[i] ?? 0) + block.getInt32(word * 4, true)) | 0
    const shift = SHIFTS[round]?.[i & 3] ?? 0
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  for (const [i, word] of [a, b, c, d].entries()) state[i] = (state[i] ?? 0) + word
}

/** The round's function of three words, and which word of the block goes with step `i`. */
function mix(round: number, i: number, b: number, c: number, d: number): [number, number] {
  if (round === 0) return [(b & c) | (~b & d), i]
  if (round === 1) return [(d & b) | (~d & c), (5 * i + 1) & 15]
  if (round === 2) return [b ^ c ^ d, (3 * i + 5) & 15]
  return [c ^ (b | ~d), (7 * i) & 15]
}
