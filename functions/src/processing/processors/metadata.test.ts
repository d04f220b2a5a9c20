import { step } from '../profile.ts'
import { quadrants } from '../testing/images.ts'
import { processed } from '../testing/process.ts'
import { metadata } from './metadata.ts'

const found = async (bytes: Uint8Array, settings = {}) =>
  (await processed(bytes, step(metadata, settings))).findings['metadata']
type Exif = NonNullable<Parameters<ReturnType<typeof quadrants>['withExif']>[0]>
const withExif = (exif: Exif, format: 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif' = 'jpeg') =>
  quadrants(40, 30).withExif(exif).toFormat(format).toBuffer()

const PHOTO: Exif = {
  IFD0: { Make: 'Nikon', Model: 'Z 6', Artist: 'Jane Doe', Software: 'secret 1.0' },
  IFD2: {
    LensModel: 'NIKKOR Z 35mm',
    DateTimeOriginal: '2024:05:31 18:20:00',
    OffsetTimeOriginal: '+02:00',
    ExposureTime: '1/250',
    FNumber: '28/10',
    ISOSpeedRatings: '400',
    FocalLength: '350/10',
    BodySerialNumber: '12345',
  },
  IFD3: {
    GPSLatitudeRef: 'S',
    GPSLatitude: '33/1 51/1 30/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '151/1 12/1 0/1',
  },
}
const KEPT = {
  camera: { make: 'Nikon', model: 'Z 6' },
  lens: 'NIKKOR Z 35mm',
  takenAt: '2024-05-31T18:20:00+02:00',
  exposure: { seconds: 0.004, fNumber: 2.8, iso: 400, focalLengthMm: 35 },
}

test.each(['jpeg', 'png', 'webp', 'avif'] as const)(
  'camera, lens, time and exposure are kept of a %s, and nothing else',
  async (format) => {
    expect(await found(await withExif(PHOTO, format))).toEqual(KEPT)
  },
)

test('the position only where a setting says so', async () => {
  const position = { latitude: expect.closeTo(-33.8583, 3) as number, longitude: expect.closeTo(151.2, 3) as number }
  expect(await found(await withExif(PHOTO), { position: true })).toEqual({ ...KEPT, position })
})

test('an image without any has none', async () => {
  expect(await found(await quadrants(40, 30).jpeg().toBuffer())).toBeUndefined()
})

test('what is nonsense is left out, and text is made fit to be stored', async () => {
  const bytes = await withExif({
    IFD0: { Make: `A\u0007B${'x'.repeat(500)}`, Model: '   ' },
    IFD2: { DateTimeOriginal: 'yesterday', ExposureTime: '1/0', FNumber: '0/0', OffsetTimeOriginal: 'CET' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '999/1 0/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '0/0 0/0 0/0' },
  })
  const { camera, ...rest } = (await found(bytes, { position: true })) as { readonly camera: { readonly make: string } }
  expect(camera).toEqual({ make: expect.stringMatching(/^A.?Bx{90,98}$/) as string })
  expect(rest).toEqual({})
})

test('a block that is cut or damaged anywhere says less, and fails nothing', async () => {
  const whole = await withExif(PHOTO)
  const start = whole.indexOf('Exif\0\0')
  for (let at = start + 6; at < start + 400; at += 7) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xff, at, at + 5)
    const findings = await found(damaged, { position: true })
    expect(JSON.stringify(findings ?? null)).not.toContain('Jane')
  }
})
