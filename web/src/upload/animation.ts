/** Whether an image moves, by its first bytes: then nothing may be done to it that leaves one picture of it. */

const ascii = (bytes: Uint8Array, from: number) => String.fromCharCode(...bytes.subarray(from, from + 4))

/** `head`: of a PNG or WebP. APNG says so before its first data (`acTL`), WebP in its header (`VP8X`, bit 1). */
export function isAnimated(head: Uint8Array): boolean {
  // https://developers.google.com/speed/webp/docs/riff_container#extended_file_format
  if (ascii(head, 8) === 'WEBP') return ascii(head, 12) === 'VP8X' && ((head[20] ?? 0) & 2) !== 0
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  // PNG, 5.3: chunks of length, type, data and checksum after eight bytes.
  for (let at = 8; at + 8 <= head.length; at += view.getUint32(at) + 12) {
    const type = ascii(head, at + 4)
    if (type === 'acTL') return true
    if (type === 'IDAT') return false
  }
  return false
}
