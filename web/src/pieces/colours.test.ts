import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { colour } from './colours.ts'

const css = ['chart.css', '../ui/app.css'].map((file) => readFileSync(join(__dirname, file), 'utf8')).join('')
const [LIGHT, DARK] = [1, 2] as const

function variable(name: string, theme: 1 | 2): readonly number[] {
  const found = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css)?.[theme] ?? ''
  const digits = found.length === 4 ? found.replaceAll(/\w/g, '$&$&') : found
  return [1, 3, 5].map((at) => linear(parseInt(digits.slice(at, at + 2), 16) / 255))
}
const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
const times = (matrix: readonly (readonly number[])[], vector: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, each, i) => sum + each * (vector[i] ?? 0), 0))

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: readonly number[], b: readonly number[]): number {
  const [low, high] = [a, b].map((c) => times([[0.2126, 0.7152, 0.0722]], c)[0] ?? 0).sort((x, y) => x - y)
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05)
}

/** What is seen of linear RGB: Machado, Oliveira and Fernandes (2009), full severity. */
const SIGHTS = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** https://bottosson.github.io/posts/oklab/: 0.02 is a difference that is just seen. */
function oklab(rgb: readonly number[]): readonly number[] {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb.map((c) => Math.min(1, Math.max(0, c))),
  )
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt),
  )
}

const names = Array.from({ length: 8 }, (_, place) => /--([\w-]+)/.exec(colour(place))?.[1] ?? '')

it.each([
  ['light', LIGHT],
  ['dark', DARK],
] as const)('sets each colour of a chart off from the %s page', (_, theme) => {
  for (const name of [...names, 'chart-rest']) {
    for (const surface of ['surface', 'page']) {
      expect(contrast(variable(name, theme), variable(surface, theme))).toBeGreaterThanOrEqual(3)
    }
  }
})

it.each(Object.keys(SIGHTS) as (keyof typeof SIGHTS)[])('has colours that differ for %s', (sight) => {
  for (const theme of [LIGHT, DARK] as const) {
    const seen = names.map((name) => oklab(times(SIGHTS[sight], variable(name, theme))))
    const apart = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b) => Math.hypot(...a.map((c, at) => c - (b[at] ?? 0)))),
    )
    expect(Math.min(...apart)).toBeGreaterThan(0.1)
  }
})

it('begins again after the last', () => {
  expect(colour(8)).toBe(colour(0))
})
