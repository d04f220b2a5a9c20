import { deliver, type Destination } from './deliver.ts'

const CONTENT = { bytes: 3, md5: 'abc' }
const fault = (code?: string) => Object.assign(new Error(code ?? 'fetch failed'), code === undefined ? {} : { code })

/** Each try answers with the next of `answers`; null is success. */
function destination(answers: readonly (Error | null)[], there: Awaited<ReturnType<Destination['stat']>> = null) {
  const left = [...answers]
  return {
    puts: 0,
    async put() {
      this.puts++
      const answer = left.shift()
      if (answer === undefined) throw new Error('tried more often than expected')
      if (answer !== null) throw answer
    },
    stat: async () => there,
  }
}

const waits: number[] = []
const sleep = async (milliseconds: number) => void waits.push(milliseconds)
const send = (to: Destination) => deliver(to, CONTENT, [1, 2], sleep)
beforeEach(() => waits.splice(0))

it('uploads once where all goes well', async () => {
  const to = destination([null])
  expect(await send(to)).toEqual({ kind: 'uploaded' })
  expect(to.puts).toBe(1)
})

it('tries again after faults that may pass, waiting in between', async () => {
  const to = destination([fault('storage/unknown'), fault(), null])
  expect(await send(to)).toEqual({ kind: 'uploaded' })
  expect(waits).toEqual([1, 2])
})

it('throws what it could not upload in the end, with the cause', async () => {
  const last = fault('storage/retry-limit-exceeded')
  const sending = send(destination([fault(), fault(), last]))
  await expect(sending).rejects.toMatchObject({ message: 'not uploaded after 3 tries', cause: last })
})

it('throws at once what no further try can mend', async () => {
  const to = destination([fault('storage/quota-exceeded')])
  await expect(send(to)).rejects.toThrow('storage/quota-exceeded')
  expect(to.puts).toBe(1)
})

it('says that the rules refused, where nothing is there', async () => {
  expect(await send(destination([fault('storage/unauthorized')]))).toEqual({
    kind: 'refused',
    reason: expect.stringContaining('rules') as string,
  })
})

it.each(['storage/unauthorized', 'storage/unknown'])(
  'takes %s for a lost answer where the object is there',
  async (code) => {
    const to = destination([fault(code)], CONTENT)
    expect(await send(to)).toEqual({ kind: 'uploaded' })
    expect(to.puts).toBe(1)
  },
)

it('goes by the size where the server does not tell the checksum', async () => {
  expect(await send(destination([fault()], { bytes: 3, md5: null }))).toEqual({ kind: 'uploaded' })
})

it.each([
  { bytes: 3, md5: 'other' },
  { bytes: 4, md5: null },
])('never takes another object (%j) for its own', async (there) => {
  await expect(send(destination([fault('storage/unauthorized')], there))).rejects.toThrow('another file')
})

it('does not take a failed look for an absent object for good: it tries again', async () => {
  const to = { ...destination([fault(), null]), stat: () => Promise.reject(fault()) }
  expect(await send(to)).toEqual({ kind: 'uploaded' })
})
