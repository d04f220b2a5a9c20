/** Every processor of profiles.ts, with the settings it has there and with those below, against the conformance kit. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import type { Processor } from '../processor.ts'
import { step, type Step } from '../profile.ts'
import { PROFILES } from '../profiles.ts'
import { conformanceProblems, hostileFiles, type Inputs, soundImages } from '../testing/conformance.ts'
import { quadrants } from '../testing/images.ts'
import { processorOf } from '../testing/processors.ts'

/** More settings to try a processor with, by its name; needed for one that takes none by default and is in no profile. */
const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  metadata: [{ position: true }],
  renditions: [
    { renditions: (['webp', 'avif', 'jpeg', 'png', 'original'] as const).map((format) => ({ width: 120, format })) },
    {
      renditions: [
        { width: 90, height: 60, fit: 'cover' },
        { width: 60, height: 90, fit: 'cover', crop: 'entropy' },
      ],
    },
    { renditions: [{ width: 64, height: 48, fit: 'pad', background: '#00000000' }, { format: 'original' }] },
    {
      renditions: [
        { width: 50, animation: 'first' },
        { height: 40, format: 'jpeg', background: '#336699' },
      ],
    },
  ],
  watermark: [{ text: '© <Acme> & Söhne' }, { text: 'x', position: 'centre', width: 1, opacity: 1, margin: 0 }],
}

function stepsOf(processor: Processor): readonly Step[] {
  const used = [...PROFILES.profiles.values()].flatMap(({ steps }) =>
    steps.filter((one) => one.processor === processor),
  )
  const asItComes = used.length === 0 && v.is(processor.settings, {}) ? [step(processor)] : []
  const variants = (VARIANTS[processor.name] ?? []).map((settings) => step(processor, settings))
  const all = [...used, ...asItComes, ...variants]
  if (all.length === 0) throw new Error(`${processor.name} needs settings: add some to VARIANTS`)
  return all
}

let sound: Inputs
let hostile: Inputs
beforeAll(async () => {
  ;[sound, hostile] = [await soundImages(), await hostileFiles()]
})

const cases = [...PROFILES.processors.values()].flatMap((processor) =>
  stepsOf(processor).map(
    (one, i) => [processor.name, JSON.stringify(one.settings).slice(0, 80), one, i === 0] as const,
  ),
)
test.each(cases)(
  '%s keeps to the contract with %s',
  async (_name, _settings, one, isFirst) => {
    expect(await conformanceProblems(one, sound, isFirst ? hostile : {})).toEqual([])
  },
  120_000,
)

describe('the kit refuses a processor that', () => {
  let small: Inputs
  const left: (() => void)[] = []
  beforeAll(async () => {
    const { jpeg, png } = sound
    const told = sound['a JPEG with everything in it']
    small = { jpeg: jpeg as Uint8Array, png: png as Uint8Array, told: told as Uint8Array }
  })
  afterAll(() => left.forEach((remove) => remove()))
  const image = { extension: 'jpg', contentType: 'image/jpeg', width: null, height: null, name: 'a' }
  const bad: Readonly<Record<string, readonly [Processor['run'], string, Partial<Processor>?]>> = {
    'makes something else each time': [async () => ({ findings: { x: randomBytes(8).toString('hex') } }), 'same twice'],
    'lets metadata through': [async ({ bytes }) => ({ outputs: [{ ...image, bytes }] }), 'metadata into a'],
    'leaves a temporary file': [
      async () => {
        writeFileSync(join(tmpdir(), randomBytes(8).toString('hex')), '')
        return {}
      },
      'leaves the file',
    ],
    'leaves a file open': [
      async () => {
        const fd = openSync(__filename, 'r')
        left.push(() => closeSync(fd))
        return {}
      },
      'conformance.test.ts open',
    ],
    'leaves a timer running': [
      async () => {
        const timer = setInterval(() => {}, 1e6)
        left.push(() => clearInterval(timer))
        return {}
      },
      'an open Timeout',
    ],
    'asks for a size that it did not name': [
      async (one) => ((await one.pixels(30)).data, {}),
      'sizes that the processor',
    ],
    'can’t do every format': [
      async (one) => (one.format === 'png' ? Promise.reject(new Error('no PNG')) : {}),
      'no PNG',
    ],
    'takes too long': [() => new Promise(() => {}), 'fails on jpeg', { budget: { milliseconds: 5 } }],
    'writes into the file': [async ({ bytes }) => (bytes.fill(bytes[20] === 0 ? 1 : 0, 20, 21), {}), 'writes into'],
    'yields rubbish': [async () => ({ findings: { x: NaN } }), 'NaN'],
  }
  test.each(Object.entries(bad))('%s', async (_what, [run, problem, more]) => {
    const copies = Object.fromEntries(Object.entries(small).map(([what, bytes]) => [what, Buffer.from(bytes)]))
    const problems = await conformanceProblems(step(processorOf('bad', run, more)), copies, {})
    expect(problems.join('\n')).toContain(problem)
  })

  test('and none that does nothing wrong', async () => {
    const good = processorOf('good', async (one) => ({ findings: { width: (await one.pixels(30)).width } }), {
      needs: () => ({ sizes: [30] }),
    })
    expect(
      await conformanceProblems(step(good), { ...small, other: await quadrants(9, 9).gif().toBuffer() }, {}),
    ).toEqual([])
  })
})
