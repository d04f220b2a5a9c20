import sharp from 'sharp'
import { DeadlineExceeded, millisecondsLeft, withDeadline } from './deadline.ts'
import { encode, isNativeTimeout } from './sharp.ts'

const never = new AbortController().signal

test('work knows how long it has, and the nearest of deadlines around it holds', async () => {
  expect(millisecondsLeft()).toBe(Infinity)
  await withDeadline(60_000, never, async () => {
    expect(millisecondsLeft()).toBeLessThanOrEqual(60_000)
    await withDeadline(3_600_000, never, async () => expect(millisecondsLeft()).toBeLessThanOrEqual(60_000))
    await withDeadline(1000, never, async () => expect(millisecondsLeft()).toBeLessThanOrEqual(1000))
  })
  expect(millisecondsLeft()).toBe(Infinity)
})

test('native work that outlives its step is ended by libvips itself, and holds no thread any longer', async () => {
  // Noise is what takes an encoder longest: many seconds, on any machine.
  const [width, height] = [6000, 4000]
  const data = new Uint8Array(width * height * 3)
  for (let i = 0, x = 1; i < data.length; i++) data[i] = (x = (x * 16_807) % 2_147_483_647) >> 16
  let native: unknown
  const work = () => {
    const encoding = { format: 'webp', quality: 80, effort: 6, background: '#ffffff' } as const
    const encoded = encode({ data, width, height, channels: 3 }, encoding)
    encoded.catch((error: unknown) => (native = error))
    return encoded
  }
  await expect(withDeadline(50, never, work)).rejects.toThrow(DeadlineExceeded)
  while (native === undefined || sharp.counters().process > 0) await new Promise(setImmediate)
  expect(isNativeTimeout(native)).toBe(true)
})
