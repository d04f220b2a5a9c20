import { exposureParts, photoOf, takenAtText } from './findings.ts'

const found = (metadata: unknown) => photoOf({ metadata })
const NOTHING = { seconds: null, fNumber: null, iso: null, focalLengthMm: null }

it('reads what the processor writes', () => {
  const photo = found({
    camera: { make: 'NIKON CORPORATION', model: 'NIKON Z 6' },
    lens: '24-70mm f/4',
    takenAt: '2024-05-31T18:20:00+02:00',
    exposure: { seconds: 0.004, fNumber: 2.8, iso: 1600, focalLengthMm: 35 },
  })
  expect(photo).toEqual({
    camera: 'NIKON CORPORATION NIKON Z 6',
    lens: '24-70mm f/4',
    takenAt: { clock: new Date('2024-05-31T18:20:00Z'), offset: '+02:00' },
    exposure: { seconds: 0.004, fNumber: 2.8, iso: 1600, focalLengthMm: 35 },
  })
  expect(exposureParts(photo?.exposure ?? NOTHING, 'en-GB')).toEqual(['1/250 s', 'f/2.8', 'ISO 1,600', '35 mm'])
  expect(photo?.takenAt && takenAtText(photo.takenAt, 'en-GB')).toBe('31 May 2024, 18:20 (UTC+02:00)')
})

it('does not say a camera’s maker twice', () => {
  expect(found({ camera: { make: 'Canon', model: 'Canon EOS R5' } })?.camera).toBe('Canon EOS R5')
  expect(found({ camera: { make: 'Canon' } })?.camera).toBe('Canon')
  expect(found({ camera: { model: 'EOS' } })?.camera).toBe('EOS')
})

it.each([
  [1 / 8000, '1/8,000 s'],
  [0.3, '1/3 s'],
  [0.5, '0.5 s'],
  [30, '30 s'],
])('writes an exposure of %f s as %s', (seconds, written) => {
  expect(exposureParts({ ...NOTHING, seconds }, 'en-GB')).toEqual([written])
})

it.each([
  undefined,
  null,
  0,
  true,
  'text',
  [],
  ['camera'],
  {},
  { camera: 'Canon', exposure: 'f/2' },
  { camera: ['Canon'], lens: {}, takenAt: 5, exposure: [1, 2] },
  { camera: { make: 7, model: { toString: 'x' } }, lens: '   \u0000\u001b ' },
  { exposure: { seconds: '1', fNumber: NaN, iso: Infinity, focalLengthMm: -50 } },
  { exposure: { seconds: 0, fNumber: 0, iso: -1, focalLengthMm: 1e300 } },
  { takenAt: '2024-13-31T18:20:00' },
  { takenAt: '2024-02-30T18:20:00' },
  { takenAt: '2024-02-20T25:20:00' },
  { takenAt: '2024-02-20T05:20:00+99:99<b>' },
  { takenAt: `2024-02-20T05:20:00${' '.repeat(1e5)}` },
])('finds nothing in %j', (metadata) => {
  expect(found(metadata)).toBeNull()
})

it('inherits nothing', () => {
  expect(photoOf(JSON.parse('{"__proto__": {"metadata": {"lens": "x"}}}') as Record<string, unknown>)).toBeNull()
  expect(found(Object.create({ lens: 'x' }))).toBeNull()
  expect(found(JSON.parse('{"__proto__": {"lens": "x"}}'))).toBeNull()
})

it('takes text in one line, cut between characters', () => {
  expect(found({ lens: 'two\r\nlines\u2028\u0007and  more' })?.lens).toBe('two lines and more')
  expect(found({ lens: '<img src=x onerror=alert(1)>' })?.lens).toBe('<img src=x onerror=alert(1)>')
  expect(found({ lens: '📷'.repeat(5000) })?.lens).toBe(`${'📷'.repeat(100)}…`)
  expect(found({ lens: 'half \ud83d' })?.lens).toBe('half \ufffd')
})
