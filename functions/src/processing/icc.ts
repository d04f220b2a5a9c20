/**
 * Whether an ICC profile says what is true without one: that the samples are sRGB. Then converting them, a fifth of a camera photo's
 * time, changes nothing. ICC.1:2022, 7 (header, tag table), 10.6 (curveType), 10.18 (parametricCurveType), 10.31 (XYZType).
 */
export function isSrgbProfile(icc: Uint8Array): boolean {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength)
  try {
    if (text(view, 12) !== 'mntr' || text(view, 16) !== 'RGB ' || text(view, 20) !== 'XYZ ') return false
    const tags = new Map<string, number>()
    const count = view.getUint32(128)
    if (count > 100) return false
    for (let i = 0; i < count; i++) tags.set(text(view, 132 + 12 * i), view.getUint32(136 + 12 * i))
    // A lookup table goes before matrix and curves.
    if (tags.has('A2B0')) return false
    return (
      PRIMARIES.every(([tag, xyz]) => {
        const at = tags.get(tag)
        return at !== undefined && xyz.every((value, i) => Math.abs(fixed(view, at + 8 + 4 * i) - value) < 0.002)
      }) &&
      ['rTRC', 'gTRC', 'bTRC'].every((tag) => {
        const at = tags.get(tag)
        return at !== undefined && isSrgbCurve(view, at)
      })
    )
  } catch (error) {
    if (error instanceof RangeError) return false // it ends before what it announces
    throw error
  }
}

/** sRGB's primaries as profiles hold them: adapted to D50. IEC 61966-2-1 with the Bradford transform. */
const PRIMARIES: readonly (readonly [tag: string, xyz: readonly number[]])[] = [
  ['rXYZ', [0.4361, 0.2225, 0.0139]],
  ['gXYZ', [0.3851, 0.7169, 0.0971]],
  ['bXYZ', [0.1431, 0.0606, 0.7141]],
]

const text = (view: DataView, at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
const fixed = (view: DataView, at: number) => view.getInt32(at) / 65_536

/** To less than half a step of 8 bits, at 64 points. */
function isSrgbCurve(view: DataView, at: number): boolean {
  const curve = curveAt(view, at)
  if (curve === null) return false
  for (let i = 0; i <= 64; i++) {
    const linear = curve(i / 64)
    const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
    if (!(Math.abs(encoded - i / 64) < 0.5 / 255)) return false
  }
  return true
}

function curveAt(view: DataView, at: number): ((x: number) => number) | null {
  if (text(view, at) === 'para' && view.getUint16(at + 8) === 3) {
    const [g = 0, a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3, 4].map((i) => fixed(view, at + 12 + 4 * i))
    return (x) => (x >= d ? (a * x + b) ** g : c * x)
  }
  if (text(view, at) !== 'curv') return null
  const last = view.getUint32(at + 8) - 1
  // No entry means linear, one a plain gamma: neither is sRGB's.
  if (last < 1) return null
  const entry = (i: number) => view.getUint16(at + 12 + 2 * i) / 65_535
  return (x) => {
    const i = Math.min(last - 1, Math.floor(x * last))
    return entry(i) + (entry(i + 1) - entry(i)) * (x * last - i)
  }
}
