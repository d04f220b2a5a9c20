import { metadataOf, type SourceEvent } from '../contract/event.ts'
import { imageIdOf } from '../contract/names.ts'
import type { ImageRecord } from '../contract/record.ts'
import { Fault, Pipeline } from '../intake/testing/pipeline.ts'
import { SERVER_TIME, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { quadrants, smallImages } from '../processing/testing/images.ts'
import { KafkaFault, type KafkaClient, type KafkaRecord } from './kafka.ts'
import { Results, resultsTopic } from './results.ts'
import { bridgePath } from './status.ts'
import { MemoryKafka, type KafkaGate } from './testing/memory-kafka.ts'

const TOPIC = 'images'
const ANSWERS = resultsTopic(TOPIC)
const STATE = `${bridgePath(TOPIC)}/state/results`
const LEASE_SECONDS = 60
const EVENT: SourceEvent = {
  topic: TOPIC,
  partition: 1,
  offset: 7,
  id: 'e-1',
  source: '/cameras/7',
  subject: 'größe 1.jpg',
  time: '2026-11-23T11:59:00Z',
  answer: true,
}

let jpeg: Uint8Array
/** A record that is processed, to make others of. */
let template: ImageRecord<Instant>
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
  const first = new Pipeline()
  await first.raw.create('kafka/acme/u1/image', jpeg, 'image/jpeg', metadataOf(EVENT))
  await first.deliver('kafka/acme/u1/image')
  template = await first.record()
})

let pipeline: Pipeline
let kafka: MemoryKafka
/** Called at each operation; may wait, or throw. */
let atKafka: KafkaGate
/** What was sent together, in bytes of values. */
let sends: number[]
let closed: number
beforeEach(() => {
  pipeline = new Pipeline()
  atKafka = () => {}
  sends = []
  closed = 0
  kafka = new MemoryKafka({ gate: (operation, phase) => atKafka(operation, phase) })
  kafka.createTopic(ANSWERS, 3)
})

/** As another process has it. */
function publisher(holder = 'm1', store = pipeline.store): Results {
  const client = kafka.client()
  const spied: Pick<KafkaClient, 'produce'> = {
    produce: async () => {
      const producer = await client.produce()
      return {
        send: (topic, records) => {
          sends.push(records.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0))
          return producer.send(topic, records)
        },
        close: async () => {
          closed++
          await producer.close()
        },
      }
    },
  }
  return new Results({ store, kafka: spied, topic: TOPIC, processedBucket: 'p-processed', holder })
}
const publish = (results: Results) => results.publish(new AbortController().signal)
const pass = (seconds: number) => (pipeline.now = pipeline.now.plusSeconds(seconds))

/** An image whose event ends, as the bridge puts it there. */
async function upload(
  uploadId: string,
  { bytes = jpeg, ...event }: Partial<SourceEvent> & { bytes?: Uint8Array } = {},
) {
  const name = `kafka/acme/${uploadId}/image`
  await pipeline.raw.create(name, bytes, 'image/jpeg', metadataOf({ ...EVENT, id: `e-${uploadId}`, ...event }))
  await pipeline.deliver(name)
  return name
}

/** Writes records that have ended, like {@link template}. */
async function write(
  count: number,
  change: (i: number) => Partial<Record<keyof ImageRecord<Instant>, unknown>> = () => ({}),
) {
  const written = Array.from({ length: count }, (_, i) => ({
    ...template,
    imageId: `image-${i}`,
    exportShard: i % 8,
    event: { ...EVENT, id: `e-${i}` },
    updatedAt: SERVER_TIME,
    ...change(i),
  }))
  await pipeline.store.transact(async (transaction) => {
    for (const record of written)
      transaction.set(`customers/acme/images/${String(record.imageId)}`, record as unknown as WriteData)
  })
}

const answers = () => kafka.records(ANSWERS)
const bodyOf = ({ value }: KafkaRecord) =>
  JSON.parse(Buffer.from(value ?? []).toString()) as { readonly id: string | null }
/** How often each event was answered. */
function answered(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const answer of answers()) {
    const { id } = bodyOf(answer)
    counts[String(id)] = (counts[String(id)] ?? 0) + 1
  }
  return counts
}
const headersOf = ({ headers }: KafkaRecord) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, values.map((value) => Buffer.from(value).toString())]),
  )

describe('an answer', () => {
  it('says of a processed image where its results are, and of the event what it said itself', async () => {
    await upload('u1', { bytes: await quadrants(1000, 700).jpeg().toBuffer() })
    expect(await publish(publisher())).toBe(1)
    const record = await pipeline.record()
    const [answer, ...more] = answers()
    if (answer === undefined) throw new Error('no answer')
    expect(more).toEqual([])
    expect(Buffer.from(answer.key ?? []).toString()).toBe('e-u1')
    expect(bodyOf(answer)).toEqual({
      id: 'e-u1',
      source: '/cameras/7',
      subject: 'größe 1.jpg',
      topic: TOPIC,
      partition: 1,
      offset: 7,
      customerId: 'acme',
      imageId: record.imageId,
      outcome: 'processed',
      reason: null,
      format: 'jpeg',
      width: 1000,
      height: 700,
      outputs: record.outputs.map(({ name, object, contentType, bytes, width, height }) => ({
        name,
        uri: `gs://p-processed/${object}`,
        contentType,
        bytes,
        width,
        height,
      })),
      receivedAt: record.receivedAt.toString(),
      processedAt: record.processedAt?.toString(),
      availableUntil: record.availableUntil?.toString(),
    })
    expect(record.outputs.length).toBeGreaterThan(1)
    expect(headersOf(answer)).toEqual({
      ce_specversion: ['1.0'],
      ce_id: [`${record.imageId}.${record.revision}`],
      ce_source: ['darkroom'],
      ce_type: ['darkroom.image.processed'],
      ce_time: [record.processedAt?.toString()],
      ce_subject: [record.imageId],
      'content-type': ['application/json'],
    })
  })

  it('is the same one where its owner deletes or restores the image, and another where it is processed anew', async () => {
    const name = await upload('u1')
    await publish(publisher())
    const { imageId, revision } = await pipeline.record()
    const { ledger } = pipeline.intake
    const again = async () => {
      pass(1)
      await publish(publisher())
      return headersOf(answers().at(-1) as KafkaRecord)['ce_id']
    }
    await ledger.delete('acme', imageId)
    expect(await again()).toEqual([`${imageId}.${revision}`])
    await ledger.restore('acme', imageId)
    expect(await again()).toEqual([`${imageId}.${revision}`])
    await ledger.reprocess('acme', imageId, 'another', true)
    await pipeline.deliver(name, 'redrive')
    // Opened, claimed, committed.
    expect(await again()).toEqual([`${imageId}.${revision + 3}`])
  })

  it('says of a failed image why', async () => {
    await upload('u1', { bytes: jpeg.slice(0, jpeg.length / 2), subject: null })
    expect(await publish(publisher())).toBe(1)
    const { imageId, error, receivedAt, processedAt, revision } = await pipeline.record()
    const [answer] = answers()
    if (answer === undefined || error === null) throw new Error('no answer, or no error')
    expect(bodyOf(answer)).toMatchObject({
      id: 'e-u1',
      subject: null,
      imageId,
      outcome: error.code,
      reason: error.message,
      format: 'jpeg',
      outputs: [],
      receivedAt: receivedAt.toString(),
      processedAt: processedAt?.toString(),
      availableUntil: null,
    })
    expect(headersOf(answer)).toMatchObject({
      ce_id: [`${imageId}.${revision}`],
      ce_type: ['darkroom.image.failed'],
      ce_time: [processedAt?.toString()],
    })
  })

  it('says of an image of which nothing was seen that nothing is known', async () => {
    await upload('u1', { bytes: new Uint8Array() })
    await publish(publisher())
    const { error } = await pipeline.record()
    expect(answers().map(bodyOf)).toMatchObject([{ outcome: error?.code, format: 'unknown', outputs: [] }])
  })

  it('has the image’s id for its key where the event has none', async () => {
    const name = await upload('images-1-7-1700000000000', { id: null, source: null })
    await publish(publisher())
    const [answer] = answers()
    expect(Buffer.from(answer?.key ?? []).toString()).toBe(await imageIdOf(name))
    expect(answer && bodyOf(answer)).toMatchObject({ id: null, source: null, topic: TOPIC, partition: 1, offset: 7 })
  })
})

describe('what has ended', () => {
  it('is answered once by a process, however often it is asked', async () => {
    const results = publisher()
    await upload('u1')
    expect(await publish(results)).toBe(1)
    await upload('u2')
    expect(await publish(results)).toBe(1)
    for (const seconds of [1, 5, 20, 299, 2, 400, 1000]) {
      pass(seconds)
      expect(await publish(results)).toBe(0)
    }
    expect(answered()).toEqual({ 'e-u1': 1, 'e-u2': 1 })
  })

  it('is answered anew where it was processed anew', async () => {
    const results = publisher()
    const name = await upload('u1', { bytes: jpeg.slice(0, jpeg.length / 2) })
    await publish(results)
    const { imageId } = await pipeline.record()
    await pipeline.intake.ledger.reprocess('acme', imageId, 'another', true)
    pass(20)
    // Opened, it has not ended.
    expect(await publish(results)).toBe(0)
    await pipeline.deliver(name, 'redrive')
    expect(await publish(results)).toBe(1)
    pass(20)
    expect(await publish(results)).toBe(0)
    const ids = answers().map((answer) => headersOf(answer)['ce_id'])
    expect(new Set(ids.flat()).size).toBe(2)
  })

  it('is not answered where its sender wants none', async () => {
    await upload('u1', { answer: false })
    expect(await publish(publisher())).toBe(0)
    expect((await pipeline.record()).event).toMatchObject({ id: 'e-u1', answer: false })
  })

  it('is not answered where it came by the web, or without the bridge', async () => {
    await pipeline.upload('web/acme/u1/a.jpg', jpeg)
    await pipeline.upload('kafka/acme/u2/image', jpeg)
    expect(await publish(publisher())).toBe(0)
    // Of the web's objects the rules let nobody set metadata; if they did, it would be nobody's answer.
    await write(1, () => ({ source: 'web' }))
    expect(await publish(publisher())).toBe(0)
    expect(answers()).toEqual([])
  })

  it.each([
    ['only received', { state: 'received' }],
    ['open again', { job: { kind: 'replay', leaseUntil: null, holder: null, profileVersion: null, attempt: 1 } }],
  ])('is nothing that is %s', async (_what, change) => {
    await write(1, () => change)
    expect(await publish(publisher())).toBe(0)
    expect(answers()).toEqual([])
  })

  it('is found in every shard, page after page', async () => {
    await write(1100)
    expect(await publish(publisher())).toBe(1100)
    expect(Object.values(answered())).toEqual(Array.from({ length: 1100 }, () => 1))
  })
})

describe('an answer that is late', () => {
  it('since Firestore committed its record late is given within five minutes', async () => {
    const results = publisher()
    await publish(results)
    const begun = pipeline.now
    pass(60)
    await publish(results)
    await write(1, () => ({ updatedAt: begun.plusSeconds(20) }))
    pass(5)
    expect(await publish(results)).toBe(0)
    pass(230)
    expect(await publish(results)).toBe(0)
    pass(6)
    expect(await publish(results)).toBe(1)
  })

  it('by a little is given with the next', async () => {
    const results = publisher()
    await publish(results)
    const begun = pipeline.now
    await write(1, () => ({ updatedAt: begun.plusSeconds(-9) }))
    expect(await publish(results)).toBe(1)
  })

  it('is found by whoever looks next, even up to ten minutes behind', async () => {
    await publish(publisher('m1'))
    pass(301)
    await publish(publisher('m2'))
    const begun = pipeline.now
    pass(301)
    await write(1, () => ({ updatedAt: begun.plusSeconds(-590) }))
    expect(await publish(publisher('m3'))).toBe(1)
  })
})

describe('another publisher', () => {
  /** Holds the next sends until they are let go. */
  function heldSend(): { readonly reached: Promise<void>; readonly release: () => void } {
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    atKafka = async ({ kind }, phase) => {
      if (kind !== 'send' || phase !== 'before') return
      reached.resolve()
      await released.promise
    }
    return { reached: reached.promise, release: () => released.resolve() }
  }

  it('does nothing while one is at work', async () => {
    await upload('u1')
    const { reached, release } = heldSend()
    const first = publish(publisher('m1'))
    await reached
    pass(LEASE_SECONDS - 1)
    expect(await publish(publisher('m2'))).toBe(0)
    release()
    expect(await first).toBe(1)
    expect(answered()).toEqual({ 'e-u1': 1 })
  })

  it('waits as long as the first makes progress', async () => {
    await write(600)
    const others: number[] = []
    atKafka = async ({ kind }, phase) => {
      if (kind !== 'send' || phase !== 'before') return
      pass(LEASE_SECONDS / 3)
      others.push(await publish(publisher('m2')))
    }
    expect(await publish(publisher('m1'))).toBe(600)
    expect(others.length).toBeGreaterThan(2)
    expect(others.every((given) => given === 0)).toBe(true)
    expect(Object.values(answered()).every((times) => times === 1)).toBe(true)
  })

  it('takes over where one is silent for a minute, and its state is then left alone', async () => {
    await upload('u1')
    const { reached, release } = heldSend()
    const first = publish(publisher('m1'))
    await reached
    pass(LEASE_SECONDS + 1)
    atKafka = () => {}
    await upload('u2')
    const second = publisher('m2')
    expect(await publish(second)).toBe(2)
    const before = await pipeline.store.get(STATE)
    release()
    // The first has u1 in its page alone.
    expect(await first).toBeGreaterThanOrEqual(1)
    expect(await pipeline.store.get(STATE)).toEqual(before)
    expect(answered()).toMatchObject({ 'e-u1': 2 })
  })

  it('goes on at once where one has ended, and gives no answer again but the latest', async () => {
    const first = publisher('m1')
    await upload('u1')
    await publish(first)
    pass(20)
    await publish(first)
    pass(700)
    await publish(first)
    await upload('u2')
    expect(await publish(publisher('m2'))).toBe(1)
    expect(answered()).toEqual({ 'e-u1': 1, 'e-u2': 1 })
  })
})

describe('a fault', () => {
  it.each(['before', 'after'] as const)(
    'of Kafka, %s it takes answers, is thrown; the next call sends all',
    async (at) => {
      await upload('u1')
      await upload('u2')
      const error = new KafkaFault('unreachable', 'no answer')
      atKafka = ({ kind }, phase) => {
        if (kind === 'send' && phase === at) throw error
      }
      const results = publisher()
      await expect(publish(results)).rejects.toBe(error)
      expect(closed).toBe(1)
      atKafka = () => {}
      expect(await publish(results)).toBe(2)
      const each = at === 'after' ? 2 : 1
      expect(answered()).toEqual({ 'e-u1': each, 'e-u2': each })
    },
  )

  it('that keeps a producer from being made is thrown, and lets another publisher go on at once', async () => {
    await upload('u1')
    const error = new KafkaFault('authorization', 'the user may not')
    const broken = new Results({
      store: pipeline.store,
      kafka: {
        produce: async () => {
          throw error
        },
      },
      topic: TOPIC,
      processedBucket: 'p-processed',
      holder: 'm1',
    })
    await expect(publish(broken)).rejects.toBe(error)
    expect(await publish(publisher('m2'))).toBe(1)
  })

  it('of a topic that is not there is thrown', async () => {
    await upload('u1')
    kafka = new MemoryKafka()
    await expect(publish(publisher())).rejects.toMatchObject({ code: 'unknown-topic' })
  })

  it('is no matter to whoever has nothing to say', async () => {
    atKafka = () => {
      throw new KafkaFault('unreachable', 'no answer')
    }
    expect(await publish(publisher())).toBe(0)
  })
})

describe('a crash at any point', () => {
  const ways = {
    'of what both passes find': () => write(20),
    'of what was committed late, and the thorough pass alone finds': async () => {
      await publish(publisher('m0'))
      await write(20, () => ({ updatedAt: pipeline.now.plusSeconds(-100) }))
    },
  } as const

  it.each(Object.entries(ways))('loses no answer %s, and gives none more often than twice', async (_way, prepare) => {
    const survives = async (crashAt: number): Promise<boolean> => {
      pipeline = new Pipeline()
      kafka = new MemoryKafka({ gate: (operation, phase) => atKafka(operation, phase) })
      kafka.createTopic(ANSWERS, 3)
      await prepare()
      // Behind any overlap: what a cursor has passed is not looked at again.
      pass(1000)
      let operations = 0
      const crash = () => {
        if (++operations >= crashAt) throw new Fault('the process is gone')
      }
      pipeline.at = crash
      atKafka = ({ kind }) => {
        if (kind === 'send') crash()
      }
      const survived = await publish(publisher('m1')).then(
        () => true,
        () => false,
      )
      pipeline.at = () => {}
      atKafka = () => {}
      pass(LEASE_SECONDS + 1)
      const next = publisher('m2')
      await publish(next)
      pass(301)
      await publish(next)
      const times = Object.values(answered())
      expect(times).toHaveLength(20)
      expect(Math.max(...times)).toBeLessThanOrEqual(2)
      return survived
    }
    let points = 1
    while (!(await survives(points))) points++
    expect(points).toBeGreaterThan(20)
  })
})

describe('what is sent together', () => {
  it('is far below what a broker takes, and a single large one goes by itself', async () => {
    await write(600, (i) => (i === 300 ? { outputs: Array.from({ length: 2000 }, () => template.outputs).flat() } : {}))
    expect(await publish(publisher())).toBe(600)
    const large = sends.filter((size) => size > 256 * 1024)
    expect(large).toHaveLength(1)
    const total = answers().reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0)
    expect(sends.reduce((sum, size) => sum + size, 0)).toBe(total)
    expect(sends.length).toBeGreaterThan(3)
    // Nothing is sent by itself that had room with others.
    expect(sends.length).toBeLessThan(12)
  })

  it('goes by one producer until a fault', async () => {
    let produced = 0
    const client = kafka.client()
    const results = new Results({
      store: pipeline.store,
      kafka: { produce: () => (produced++, client.produce()) },
      topic: TOPIC,
      processedBucket: 'p-processed',
      holder: 'm1',
    })
    expect(await publish(results)).toBe(0)
    expect(produced).toBe(0)
    for (const id of ['u1', 'u2', 'u3']) {
      await upload(id)
      await publish(results)
    }
    expect(produced).toBe(1)
    await results.close()
    await results.close()
    await upload('u4')
    await publish(results)
    expect(produced).toBe(2)
  })
})

describe('a publisher that is called off', () => {
  it('gives nothing, and leaves everything to the next', async () => {
    await upload('u1')
    expect(await publisher('m1').publish(AbortSignal.abort())).toBe(0)
    expect(await publish(publisher('m2'))).toBe(1)
  })

  it('ends with its page, and the next goes on behind it', async () => {
    await write(1100)
    const abort = new AbortController()
    atKafka = () => abort.abort()
    const given = await publisher('m1').publish(abort.signal)
    expect(given).toBe(500)
    expect(await publish(publisher('m2'))).toBeLessThanOrEqual(1100)
    expect(Object.keys(answered())).toHaveLength(1100)
  })
})
