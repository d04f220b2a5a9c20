/** A landscape that no camera took: seeded, so that each run makes the same bytes. */

export interface Raster {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
}

type Colour = readonly [red: number, green: number, blue: number]

/** Skies from the horizon upwards, one for each seed in turn, so that a gallery of them does not look like one picture. */
const SKIES: readonly (readonly [horizon: Colour, zenith: Colour])[] = [
  [
    [250, 214, 165],
    [62, 110, 178],
  ],
  [
    [255, 176, 120],
    [88, 62, 128],
  ],
  [
    [214, 232, 240],
    [96, 150, 196],
  ],
  [
    [246, 200, 190],
    [120, 130, 180],
  ],
]

// Looking `Math` up at each pixel would take most of the time where globals are slow, as they are under jest.
const { imul, sqrt } = Math

/** The hills, from the farthest to the nearest. */
const GROUND: readonly [Colour, Colour, Colour] = [
  [112, 132, 150],
  [74, 104, 84],
  [44, 66, 40],
]

const mix = (from: number, to: number, share: number) => from + (to - from) * share
const at = (values: Float64Array, index: number) => values[index] ?? 0

/** How much brighter the sky is at this distance from the sun, in pixels. */
function glow(dx: number, dy: number, radius: number): number {
  const square = dx * dx + dy * dy
  return square > radius * radius * 2.56 ? 0 : (1.6 - sqrt(square) / radius) * 160
}

/** Numbers from 0 to 1, always the same for a seed. A linear congruential generator (Numerical Recipes, 7.1). */
function randomFrom(seed: number): () => number {
  let state = imul(seed + 1, 0x9e3779b1) >>> 0
  return () => {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The height of a range of hills at each column, in pixels from the top. */
function ridge(width: number, height: number, level: number, random: () => number): Float64Array {
  const waves = Array.from({ length: 6 }, (_, i) => ({
    length: width / (1 + i * 1.7 + random()),
    size: (height * 0.09) / (1 + i),
    phase: random() * 2 * Math.PI,
  }))
  return Float64Array.from({ length: width }, (_, x) =>
    waves.reduce(
      (y, { length, size, phase }) => y + size * Math.sin((2 * Math.PI * x) / length + phase),
      height * level,
    ),
  )
}

/**
 * Sky, sun and three ranges of hills, with a sensor's grain: as large when compressed as a photo, which neither a plain colour
 * nor pure noise is. `alpha` leaves the sky out, fading in at the ridge.
 */
export function landscape(width: number, height: number, seed: number, alpha = false): Raster {
  const random = randomFrom(seed)
  const [horizon, zenith] = SKIES[seed % SKIES.length] as (typeof SKIES)[number]
  const far = ridge(width, height, 0.52, random)
  const middle = ridge(width, height, 0.66, random)
  const near = ridge(width, height, 0.82, random)
  const sun = { x: width * (0.2 + 0.6 * random()), y: height * 0.3, radius: height * 0.06 }
  const channels = alpha ? 4 : 3
  const data = new Uint8ClampedArray(width * height * channels)
  let grain = seed + 1
  let next = 0
  for (let y = 0; y < height; y++) {
    const up = Math.max(0, 1 - y / (height * 0.6))
    const sky: Colour = [mix(horizon[0], zenith[0], up), mix(horizon[1], zenith[1], up), mix(horizon[2], zenith[2], up)]
    for (let x = 0; x < width; x++) {
      grain = (imul(grain, 1_664_525) + 1_013_904_223) | 0
      const noise = (grain >>> 24) - 128
      const [colour, light] =
        y > at(near, x)
          ? [GROUND[2], noise / 8]
          : y > at(middle, x)
            ? [GROUND[1], noise / 9]
            : y > at(far, x)
              ? [GROUND[0], noise / 14]
              : [sky, noise / 24 + glow(x - sun.x, y - sun.y, sun.radius)]
      data[next++] = colour[0] + light
      data[next++] = colour[1] + light
      data[next++] = colour[2] + light
      if (alpha) data[next++] = (y - at(far, x) + 40) * 6
    }
  }
  return { data: new Uint8Array(data.buffer), width, height, channels }
}
