import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Processor } from './processor.ts'
import {
  chooseProfile,
  defineProfile,
  defineProfiles,
  parseOverride,
  parseProfile,
  step,
  stepData,
  type Step,
} from './profile.ts'
import { PROFILES } from './profiles.ts'
import { processorOf } from './testing/processors.ts'

const settings = v.strictObject({
  quality: v.optional(v.pipe(v.number(), v.minValue(1)), 80),
  box: v.optional(v.strictObject({ width: v.number(), height: v.number() })),
})
const processor = (name = 'one', more: Partial<Processor> = {}) =>
  processorOf(name, async () => ({}), { settings, ...more })
const problemsOf = (make: () => unknown): readonly string[] => {
  try {
    make()
  } catch (error) {
    return (error as { problems: readonly string[] }).problems
  }
  throw new Error('nothing was refused')
}

test('every file of processors/ is known to the profiles, under its own name', () => {
  const files = readdirSync(join(__dirname, 'processors')).filter((file) => !file.endsWith('.test.ts'))
  expect([...PROFILES.processors.keys()].map((name) => `${name}.ts`).toSorted()).toEqual(files.toSorted())
})

test('the version changes with processors, versions, settings and their order, and with nothing else', () => {
  const version = (...steps: readonly Step[]) => defineProfile('any', steps).version
  const base = version(step(processor()), step(processor('two')))
  expect(base).toMatch(/^[0-9a-f]{12}$/)
  const others = [
    version(step(processor('two')), step(processor())),
    version(step(processor())),
    version(step(processor('one', { version: 2 })), step(processor('two'))),
    version(step(processor(), { quality: 81 }), step(processor('two'))),
  ]
  expect(new Set([base, ...others]).size).toBe(others.length + 1)
  // A default that is spelled out, another name of the profile, another budget, another order of fields.
  expect(version(step(processor(), { quality: 80 }), step(processor('two')))).toBe(base)
  expect(
    defineProfile('other', [step(processor('one', { budget: { milliseconds: 5 } })), step(processor('two'))]).version,
  ).toBe(base)
  const boxes = [
    { width: 1, height: 2 },
    { height: 2, width: 1 },
  ].map((box) => version(step(processor(), { box })))
  expect(boxes[0]).toBe(boxes[1])
})

test('all that is wrong with the project’s profiles is said at once', () => {
  expect(
    problemsOf(() =>
      defineProfiles({
        profiles: {
          first: [
            step(processor('decode')),
            step(processor('Two Words')),
            step(processor('twice')),
            step(processor('twice')),
          ],
          second: [step(processor(), { quality: 0, colour: 'red' })],
          third: [],
        },
        choose: [{ source: 'web', profile: 'fourth' }],
      }),
    ),
  ).toEqual([
    'two processors are named twice',
    "a processor can't be named decode: that is a stage of the engine",
    'a processor can\'t be named "Two Words"',
    'first: twice stands there twice',
    'second: one, quality: Invalid value: Expected >=1 but received 0',
    'second: one, colour: Invalid key: Expected never but received "colour"',
    'third: expected at least one step',
    'choose: there is no profile "fourth"',
    'choose: the last choice must fit every image, so it names a profile and nothing else',
  ])
})

describe('the profile of an image', () => {
  const one = processor()
  const project = defineProfiles({
    profiles: { archive: [step(one, { quality: 100 })], standard: [step(one)] },
    choose: [{ source: 'kafka', formats: ['tiff'], profile: 'archive' }, { profile: 'standard' }],
  })
  const own = parseOverride(
    {
      profiles: { small: [{ use: 'one', settings: { quality: 10 } }] },
      choose: [
        { formats: ['png'], profile: 'small' },
        { source: 'kafka', profile: 'standard' },
      ],
    },
    project,
  )

  test.each([
    ['kafka', 'tiff', 'archive', 'standard'],
    ['kafka', 'jpeg', 'standard', 'standard'],
    ['web', 'tiff', 'standard', 'standard'],
    ['web', 'png', 'standard', 'small'],
  ] as const)(
    'from %s as %s is %s, and for a customer with profiles of its own %s',
    (source, format, name, ownName) => {
      expect(chooseProfile({ source, format }, project).name).toBe(name)
      expect(chooseProfile({ source, format }, project, own).name).toBe(ownName)
    },
  )

  test('is found again by what was written of it', () => {
    const small = own.profiles.get('small')
    const written: unknown = JSON.parse(JSON.stringify(small?.steps.map(stepData)))
    expect(parseProfile('small', written, project)).toEqual(small)
  })
})

test.each([
  ['nothing at all', null, ['the whole: Invalid type: Expected Object but received null']],
  ['no choice', { choose: [] }, ['choose: Invalid length: Expected >=1 but received 0']],
  [
    'another field',
    { choose: [{ profile: 'standard' }], quota: 3 },
    ['quota: Invalid key: Expected never but received "quota"'],
  ],
  [
    'an unknown source, processor, profile and setting',
    {
      profiles: { a: [{ use: 'sharpen' }], b: [{ use: 'watermark', settings: { text: 'x', opacity: 2 } }] },
      choose: [{ profile: 'c' }],
    },
    [
      expect.stringMatching(/^a: there is no processor "sharpen": expected one of facts, /),
      'a: expected at least one step',
      'b: watermark, opacity: Invalid value: Expected <=1 but received 2',
      expect.stringMatching(/^choose: there is no profile "c": expected one of standard/),
    ],
  ],
  [
    'a watermark of nothing',
    { profiles: { a: [{ use: 'watermark' }] }, choose: [{ profile: 'a' }] },
    ['a: watermark: expected either a text or an image'],
  ],
])('a customer’s own profiles with %s are refused, with all that is wrong', (_what, data, problems) => {
  expect(problemsOf(() => parseOverride(data, PROFILES))).toEqual(problems)
})

test('profiles are chosen without loading sharp', () => {
  const script = `
    const { STANDARD } = await import(${JSON.stringify(join(__dirname, 'profiles.ts'))})
    await import(${JSON.stringify(join(__dirname, 'process-image.ts'))})
    const native = process.report.getReport().sharedObjects.filter((path) => path.includes('sharp'))
    console.log(JSON.stringify({ version: STANDARD.version, native }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({ version: PROFILES.profiles.get('standard')?.version, native: [] })
})
