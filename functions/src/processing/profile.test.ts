import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Processor } from './processor.ts'
import { DEFAULT_PROFILE, defineProfile, PROCESSORS } from './profile.ts'

const processor = (more: Partial<Processor> = {}): Processor => ({
  name: 'one',
  version: 1,
  settings: { quality: 80, size: { width: 1, height: 2 } },
  deadlineMs: 1000,
  run: async () => ({}),
  ...more,
})

test('every file of processors/ is in the list, under its own name', () => {
  const files = readdirSync(join(__dirname, 'processors')).filter((file) => !file.endsWith('.test.ts'))
  expect(PROCESSORS.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted())
})

test('the version changes with names, versions, settings, their order and the decoded size, and with nothing else', () => {
  const base = defineProfile(1600, [processor(), processor({ name: 'two' })]).version
  expect(base).toMatch(/^[0-9a-f]{12}$/)
  const others = [
    defineProfile(800, [processor(), processor({ name: 'two' })]),
    defineProfile(1600, [processor({ name: 'two' }), processor()]),
    defineProfile(1600, [processor()]),
    defineProfile(1600, [processor({ version: 2 }), processor({ name: 'two' })]),
    defineProfile(1600, [
      processor({ settings: { quality: 81, size: { width: 1, height: 2 } } }),
      processor({ name: 'two' }),
    ]),
  ]
  expect(new Set([base, ...others.map(({ version }) => version)]).size).toBe(others.length + 1)
  const reordered = processor({ settings: { size: { height: 2, width: 1 }, quality: 80 }, deadlineMs: 5 })
  expect(defineProfile(1600, [reordered, processor({ name: 'two' })]).version).toBe(base)
})

test.each([
  ['two processors of one name', [processor(), processor()]],
  ['a processor named like a step of the pipeline', [processor({ name: 'decode' })]],
  ['a malformed name', [processor({ name: 'Two Words' })]],
])('%s are refused at once', (_what, processors) => {
  expect(() => defineProfile(1600, processors)).toThrow(RangeError)
})

test('a claim can ask for the version without loading sharp', () => {
  const script = `
    const { DEFAULT_PROFILE } = await import(${JSON.stringify(join(__dirname, 'profile.ts'))})
    await import(${JSON.stringify(join(__dirname, 'process-image.ts'))})
    const native = process.report.getReport().sharedObjects.filter((path) => path.includes('sharp'))
    console.log(JSON.stringify({ version: DEFAULT_PROFILE.version, native }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({ version: DEFAULT_PROFILE.version, native: [] })
})
