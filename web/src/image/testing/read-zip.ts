/** A ZIP by its central directory (APPNOTE 6.3.10, 4.3.12), what is stored as it is only. */
export interface ReadEntry {
  readonly name: string
  readonly content: string
  readonly crc: number
}

const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const END = 0x06054b50

/** Throws a RangeError where it is no whole ZIP. */
export function readZip(bytes: Uint8Array): ReadEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.byteLength - 22
  if (view.getUint32(end, true) !== END) throw new RangeError('the end is missing')
  const entries: ReadEntry[] = []
  let at = view.getUint32(end + 16, true)
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    if (view.getUint32(at, true) !== CENTRAL) throw new RangeError('the directory is damaged')
    const lengths = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number]
    const size = view.getUint32(at + 24, true)
    const local = view.getUint32(at + 42, true)
    if (view.getUint32(local, true) !== LOCAL) throw new RangeError('an entry is not where it should be')
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const text = (start: number, length: number) => new TextDecoder().decode(bytes.subarray(start, start + length))
    entries.push({ name: text(at + 46, lengths[0]), content: text(from, size), crc: view.getUint32(at + 16, true) })
    at += 46 + lengths[0] + lengths[1] + lengths[2]
  }
  return entries
}
