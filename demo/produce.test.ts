import { KafkaFault, type KafkaRecordToSend } from '../functions/src/bridge/kafka.ts'
import { PRODUCE_SOURCE, imagesOf, produceImages, turns, type ImageToProduce, type Sender } from './produce.ts'
import type { Candidate } from './files.ts'

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
const image = (more: Partial<ImageToProduce> = {}): ImageToProduce => ({
  label: 'holiday/a.jpg',
  customerId: 'acme',
  fileName: 'a.jpg',
  bytes: JPEG,
  contentType: 'image/jpeg',
  ...more,
})

/** A topic of one partition. `gate` is awaited before each record is written. */
class MemorySender implements Sender {
  readonly topic = 'images'
  readonly records: KafkaRecordToSend[] = []
  gate: () => Promise<void> | void = () => {}
  atWork = 0
  most = { records: 0, bytes: 0 }
  #bytes = 0
  async send(record: KafkaRecordToSend) {
    const size = record.value?.byteLength ?? 0
    this.atWork++
    this.#bytes += size
    this.most = { records: Math.max(this.most.records, this.atWork), bytes: Math.max(this.most.bytes, this.#bytes) }
    try {
      await new Promise((resolve) => setImmediate(resolve))
      await this.gate()
      return { partition: 1, offset: this.records.push(record) - 1, timestamp: 1_700_000_000_000 }
    } finally {
      this.atWork--
      this.#bytes -= size
    }
  }
  async [Symbol.asyncDispose]() {}
}
let sender: MemorySender
beforeEach(() => {
  sender = new MemorySender()
})
const headersOf = (record: KafkaRecordToSend | undefined) =>
  Object.fromEntries(Object.entries(record?.headers ?? {}).map(([name, values]) => [name, values.map(String).join()]))

describe('an image', () => {
  it("is a CloudEvent in binary mode, without a key so that one customer's images spread", async () => {
    await produceImages(sender, [image()])
    expect(sender.records).toMatchObject([{ key: null, value: JPEG }])
    expect(headersOf(sender.records[0])).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      ce_source: PRODUCE_SOURCE,
      ce_type: 'darkroom.image.sent',
      ce_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      ce_subject: 'a.jpg',
      ce_customerid: 'acme',
      'content-type': 'image/jpeg',
    })
  })

  it('comes back with where it stands and what the bridge will make of it', async () => {
    const told: unknown[] = []
    const produced = await produceImages(sender, [image(), image({ id: 'mine' }), image({ id: 'mine' })], {
      onProduced: (one) => told.push(one),
    })
    expect(told).toEqual(produced)
    const [first, second, third] = produced
    expect(first).toEqual({
      label: 'holiday/a.jpg',
      customerId: 'acme',
      bytes: 4,
      topic: 'images',
      partition: 1,
      offset: 0,
      id: headersOf(sender.records[0])['ce_id'],
      source: PRODUCE_SOURCE,
      becomes: { rawName: expect.stringMatching(/^kafka\/acme\/ce-[0-9a-f]{40}\/image$/) as string },
    })
    expect(second).toMatchObject({ id: 'mine', offset: 1 })
    expect(third?.becomes).toEqual(second?.becomes)
    expect(second?.becomes).not.toEqual(first?.becomes)
  })

  it('without an id is known by its place', async () => {
    const [produced] = await produceImages(sender, [image({ id: null })])
    expect(headersOf(sender.records[0])).not.toHaveProperty('ce_id')
    expect(produced).toMatchObject({ id: null, becomes: { rawName: 'kafka/acme/images-1-0-1700000000000/image' } })
  })

  it('that the bridge will refuse is sent all the same, and says why', async () => {
    const sent = [image({ bytes: Buffer.from('words') }), image({ bytes: new Uint8Array() }), image()]
    const produced = await produceImages(sender, sent, { maxInputBytes: 3 })
    expect(produced.map(({ becomes }) => 'refused' in becomes && becomes.refused)).toEqual([
      'too-large',
      'empty',
      'too-large',
    ])
    expect(sender.records).toHaveLength(3)
  })

  it.each(['größe 漢字.jpg', 'a\u0085\u009b31mb.jpg', '😀'.repeat(127)])('may be called %j', async (fileName) => {
    const [produced] = await produceImages(sender, [image({ fileName })])
    expect(produced?.becomes).toEqual({ rawName: expect.stringMatching(/^kafka\/acme\//) as string })
  })
})

describe('many images', () => {
  it('are on their way at the same time, within bounds of number and bytes', async () => {
    await produceImages(
      sender,
      Array.from({ length: 200 }, () => image()),
    )
    expect(sender.records).toHaveLength(200)
    expect(sender.most.records).toBe(32)
    sender.most = { records: 0, bytes: 0 }
    const large = Buffer.alloc(20 * 1024 * 1024, JPEG)
    await produceImages(
      sender,
      Array.from({ length: 6 }, () => image({ bytes: large })),
    )
    expect(sender.most).toEqual({ records: 3, bytes: 3 * large.length })
  })

  it('that are too large for the bounds go alone', async () => {
    const huge = Buffer.alloc(70 * 1024 * 1024, JPEG)
    await produceImages(sender, [image({ bytes: huge }), image({ bytes: huge })])
    expect(sender.records).toHaveLength(2)
    expect(sender.most.records).toBe(1)
  })

  it('end at the first that fails: what is under way ends, none is begun, and the fault is thrown', async () => {
    let taken = 0
    const endless = function* () {
      for (;;) {
        taken++
        yield image()
      }
    }
    const fault = new KafkaFault('unknown-topic', 'as was asked for')
    sender.gate = () => {
      if (sender.records.length === 50) throw fault
    }
    await expect(produceImages(sender, endless())).rejects.toBe(fault)
    expect(sender.atWork).toBe(0)
    expect(sender.records).toHaveLength(50)
    expect(taken).toBeLessThan(150)
  })

  it('are called off after what is under way', async () => {
    const called = new AbortController()
    const produced = await produceImages(
      sender,
      Array.from({ length: 200 }, () => image()),
      { signal: called.signal, onProduced: ({ offset }) => offset === 9 && called.abort() },
    )
    expect(produced.length).toBeGreaterThanOrEqual(10)
    expect(produced.length).toBeLessThan(100)
    expect(sender.records).toHaveLength(produced.length)
  })

  it('that can not be read any more end too, once what is under way has ended', async () => {
    const broken = function* () {
      yield image()
      throw new Error('the disk is gone')
    }
    await expect(produceImages(sender, broken())).rejects.toThrow('the disk is gone')
    expect(sender.records).toHaveLength(1)
  })
})

describe('a rate', () => {
  it('is kept to', async () => {
    const started = performance.now()
    await produceImages(
      sender,
      Array.from({ length: 21 }, () => image()),
      { rate: 100 },
    )
    // Twenty turns of 10 ms; a timer may come a little early.
    expect(performance.now() - started).toBeGreaterThan(190)
  })

  it('is made up for where images come late, as far as a second of it', async () => {
    let now = 0
    const waits: number[] = []
    const turn = turns(
      100,
      () => now,
      async (milliseconds) => {
        waits.push(milliseconds)
        now += milliseconds
      },
    )
    const take = async (count: number) => {
      for (let i = 0; i < count; i++) await turn(new AbortController().signal)
    }
    await take(3)
    expect(waits).toEqual([10, 10])
    now += 30
    await take(4)
    expect(waits).toEqual([10, 10, 10])
    now += 5000
    await take(101)
    expect(waits).toHaveLength(3)
    await take(1)
    expect(waits).toHaveLength(4)
  })

  it('so low that nobody waits for it is called off at once', async () => {
    const called = new AbortController()
    const sending = produceImages(sender, [image(), image()], {
      rate: 0.001,
      signal: called.signal,
      onProduced: () => called.abort(),
    })
    expect(await sending).toHaveLength(1)
  })
})

describe('a folder', () => {
  const candidate = (label: string, loads: () => Awaited<ReturnType<Candidate['load']>>): Candidate => ({
    label,
    fileName: label,
    load: async () => loads(),
  })
  const good = (label: string) => candidate(label, () => ({ bytes: JPEG, contentType: 'image/jpeg' }))
  const bad = (label: string) => candidate(label, () => ({ reason: `${label} is bad` }))
  let refused: string[]
  beforeEach(() => {
    refused = []
  })
  async function labelsOf(candidates: readonly Candidate[], count: number | null, withId = true) {
    const refuse = (_: string, reason: string) => refused.push(reason)
    const found: ImageToProduce[] = []
    for await (const each of imagesOf(candidates, { customerId: 'acme', count, withId, refuse })) found.push(each)
    expect(found.every(({ id }) => (withId ? id === undefined : id === null))).toBe(true)
    return found.map(({ label }) => label)
  }

  it('gives each file once, but for those that a client would refuse', async () => {
    expect(await labelsOf([good('a'), bad('b'), good('c')], null)).toEqual(['a', 'c'])
    expect(refused).toEqual(['b is bad'])
  })

  it('gives as many as are asked for, from the first again, and names what is refused once', async () => {
    const files = [good('a'), bad('b'), good('c')]
    expect(await labelsOf(files, 5)).toEqual(['a', 'c', 'a', 'c', 'a'])
    expect(refused).toEqual(['b is bad'])
    expect(await labelsOf(files, 1)).toEqual(['a'])
    expect(refused).toHaveLength(1)
  })

  it('ends where no file is left that can be sent', async () => {
    expect(await labelsOf([bad('a'), bad('b')], 5)).toEqual([])
    let there = 2
    const vanishing = candidate('c', () =>
      there-- > 0 ? { bytes: JPEG, contentType: 'image/jpeg' } : { reason: 'it has gone' },
    )
    expect(await labelsOf([vanishing], 5, false)).toEqual(['c', 'c'])
    expect(refused.at(-1)).toBe('it has gone')
  })
})
