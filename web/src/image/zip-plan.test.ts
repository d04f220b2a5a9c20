import { card, output } from './testing/cards.ts'
import { planOf } from './zip-plan.ts'

const both = { outputs: [output('fit-200', 200), output('fit-800', 800)] }
const names = (...args: Parameters<typeof planOf>) => planOf(...args).files.map(({ name }) => name)

it('takes the largest result of each, named as the file that was sent, with its own ending', () => {
  const plan = planOf([card('a.JPG', both), card('b.heic', both), card('c')], 'largest')
  expect(plan.files.map(({ name, object }) => [name, object])).toEqual([
    ['a.webp', 'ada/fit-800'],
    ['b.webp', 'ada/fit-800'],
    ['c.webp', 'ada/fit-800'],
  ])
  expect([plan.images, plan.bytes]).toEqual([3, 24_000])
})

it('takes all, and says which is which where an image has several', () => {
  expect(names([card('a.jpg', both), card('b.jpg')], 'all')).toEqual(['a fit-800.webp', 'a fit-200.webp', 'b.webp'])
})

it('leaves out and names those that are not done, have no results, or were deleted', () => {
  const left = [
    card('waiting', { status: 'waiting', outputs: [] }),
    card('failed', { status: 'failed', outputs: [] }),
    card('empty', { outputs: [] }),
    card('deleted', { deletedAt: new Date() }),
  ]
  const plan = planOf([card('a'), ...left], 'all')
  expect(plan.left).toEqual(left)
  expect([plan.images, plan.files.length]).toEqual([1, 1])
})

it('sets equal names apart, also where only some file systems take them for equal, and where a number was taken already', () => {
  const sent = ['a.jpg', 'a.png', 'A.gif', 'a (2).jpg', 'é.jpg', 'e\u0301.jpg', 'a.jpg']
  expect(
    names(
      sent.map((name) => card(name)),
      'largest',
    ),
  ).toEqual(['a.webp', 'a (2).webp', 'A (3).webp', 'a (2) (2).webp', 'é.webp', 'e\u0301 (2).webp', 'a (4).webp'])
})

it('does not put a result over the list of what is not included', () => {
  const text = { outputs: [output('x', 1, { contentType: 'application/octet-stream' })] }
  expect(names([card('not-included.txt', text)], 'all')).toEqual(['not-included.txt.bin'])
})

it('gives names without folders to whatever is sent, all different', () => {
  const hostile = [
    '..',
    '',
    '../../x',
    'a/b',
    'a\\b',
    '<img onerror>',
    '\u202egpj.exe',
    'x'.repeat(255),
    'con',
    'CON.jpg',
  ]
  const twice = [...hostile, ...hostile].map((name) => card(name, both))
  const given = names(twice, 'all')
  expect(new Set(given.map((name) => name.normalize('NFKC').toLowerCase())).size).toBe(40)
  for (const name of given) {
    // eslint-disable-next-line no-control-regex -- control characters are exactly what must not be there
    expect(name).not.toMatch(/[\\/:*?"<>|\u0000-\u001f\u202e]|^\.|^con\b/i)
    expect(name).toMatch(/ fit-[28]00( \(\d+\))?\.webp$/)
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255)
  }
})

it('takes a result’s name and type as text that may be anything', () => {
  const outputs = [
    output('../../x', 10, { contentType: 'text/html' }),
    output('y'.repeat(500), 9, { contentType: 'constructor' }),
    output('', 8),
  ]
  expect(names([card('a.jpg', { outputs })], 'all')).toEqual(['a _.._x.bin', `a ${'y'.repeat(40)}.bin`, 'a.webp'])
})

it('numbers thousands of equal names in no time', () => {
  const many = Array.from({ length: 5000 }, () => card('image'))
  const given = names(many, 'largest')
  expect(new Set(given).size).toBe(5000)
  expect(given.at(-1)).toBe('image (5000).webp')
})
