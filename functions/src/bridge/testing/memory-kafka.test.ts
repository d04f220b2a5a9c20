import { KafkaFault, type ConsumerEvents } from '../kafka.ts'
import { kafkaConformance } from './kafka-conformance.ts'
import { MemoryKafka, type KafkaGate, type KafkaRecordToAppend, type MemoryKafkaOptions } from './memory-kafka.ts'

const TOPIC = 'images'
const GROUP = 'bridge'
const record = (text: string): KafkaRecordToAppend => ({ key: null, value: Buffer.from(text), headers: {} })
const kafkaOf = (options: MemoryKafkaOptions = {}) => {
  const kafka = new MemoryKafka({ fetchRecords: 2, ...options })
  kafka.createTopic(TOPIC, 2)
  return kafka
}

describe('MemoryKafka', () => {
  kafkaConformance(async () => {
    const kafka = kafkaOf({ maxRecordBytes: 5000 })
    return {
      client: kafka.client(),
      topic: TOPIC,
      group: GROUP,
      largeBytes: 4000,
      tooLargeBytes: 5001,
      append: async (partition, records) => {
        for (const one of records) kafka.append(TOPIC, partition, one)
      },
      appendUndecodable: async (partition) => {
        const offset = kafka.append(TOPIC, partition, record('damaged'))
        kafka.corrupt(TOPIC, partition, offset, 'a damaged batch')
        return offset + 1
      },
      addPartition: async () => kafka.addPartitions(TOPIC, 1),
      truncate: async (partition, start) => kafka.truncate(TOPIC, partition, start),
    }
  })

  it('shares out anew what a member had that is gone without a word, and takes no commit of it', async () => {
    const kafka = kafkaOf()
    const [one, two] = [new Told(), new Told()]
    const first = await kafka.client().consume(TOPIC, GROUP, one)
    await kafka.client().consume(TOPIC, GROUP, two)
    kafka.kill(first)
    expect(one.events).toEqual(['assigned 0,1', 'assigned 0'])
    expect(two.events).toEqual(['assigned 1', 'assigned 0,1'])
    await expect(first.commit(new Map([[0, 1]]))).rejects.toMatchObject({ code: 'rebalancing' })
    kafka.append(TOPIC, 0, record('a'))
    await two.until('0: a')
    await first.leave()
    expect(one.events.length).toBe(2)
    expect(two.events.at(-1)).toBe('0: a')
  })

  it('ends a process with all its consumers', async () => {
    const kafka = kafkaOf()
    const [process, other] = [kafka.client(), kafka.client()]
    for (const client of [process, other, process]) await client.consume(TOPIC, GROUP, new Told())
    expect(kafka.members(GROUP).length).toBe(3)
    kafka.kill(process)
    expect(kafka.members(GROUP).length).toBe(1)
  })

  it('lets all consumers of a group fail, and the next go on at what was committed', async () => {
    const kafka = kafkaOf()
    for (const text of ['a', 'b', 'c']) kafka.append(TOPIC, 0, record(text))
    const [one, two] = [new Told(), new Told()]
    const first = await kafka.client().consume(TOPIC, GROUP, one)
    await kafka.client().consume(TOPIC, GROUP, two)
    await first.commit(new Map([[0, 2]]))
    kafka.fail(GROUP, new KafkaFault('authorization', 'nobody may'))
    for (const told of [one, two]) expect(told.events.at(-1)).toBe('failed: authorization')
    await first.leave()
    const three = new Told()
    await kafka.client().consume(TOPIC, GROUP, three)
    await three.until('0: c')
    expect(three.events).toEqual(['assigned 0,1', '0: c'])
    expect(kafka.committed(GROUP, TOPIC)).toEqual(new Map([[0, 2]]))
  })

  it('tells nothing while it tells something else: what happens meanwhile is told after it', async () => {
    const kafka = kafkaOf()
    const told = new Told(() => kafka.rebalance(GROUP))
    await kafka.client().consume(TOPIC, GROUP, told)
    kafka.append(TOPIC, 0, record('a'))
    await told.until('assigned 0,1', 2)
    expect(told.events.slice(0, 3)).toEqual(['assigned 0,1', '0: a', 'assigned 0,1'])
    kafka.fail(GROUP, new KafkaFault('other', 'the end of it'))
  })

  it('keeps for assertions what was cut off', () => {
    const kafka = kafkaOf()
    for (const text of ['a', 'b']) kafka.append(TOPIC, 1, record(text))
    kafka.truncate(TOPIC, 1, 2)
    expect(kafka.records(TOPIC).map(({ partition, offset }) => [partition, offset])).toEqual([
      [1, 0],
      [1, 1],
    ])
  })

  describe('with a gate', () => {
    /** Holds the first operation of a kind, in that phase, until it is let go. */
    const held = (kind: string, at: 'before' | 'after') => {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const gate: KafkaGate = async (operation, phase) => {
        if (operation.kind !== kind || phase !== at) return
        reached.resolve()
        await released.promise
      }
      return { gate, reached: reached.promise, release: () => released.resolve() }
    }

    it.each([
      ['before', new Map()],
      ['after', new Map([[0, 1]])],
    ] as const)('throws what it throws %s a commit', async (at, committed) => {
      const fault = new KafkaFault('unreachable', 'no answer')
      const kafka = kafkaOf({
        gate: ({ kind }, phase) => {
          if (kind === 'commit' && phase === at) throw fault
        },
      })
      const consumer = await kafka.client().consume(TOPIC, GROUP, new Told())
      await expect(consumer.commit(new Map([[0, 1]]))).rejects.toBe(fault)
      expect(kafka.committed(GROUP, TOPIC)).toEqual(committed)
    })

    it('joins nobody who is not told so', async () => {
      const error = new Error('power cut')
      const gate: KafkaGate = ({ kind }, phase) => {
        if (kind === 'join' && phase === 'after') throw error
      }
      const kafka = kafkaOf({ gate })
      const joining = kafka.client().consume(TOPIC, GROUP, new Told())
      await expect(joining).rejects.toMatchObject({ code: 'other', cause: error })
      expect(kafka.members(GROUP)).toEqual([])
    })

    it('fails the consumer whose fetch fails, and gives its partitions to the others', async () => {
      const kafka = kafkaOf({
        gate: ({ kind, partition }) => {
          if (kind === 'fetch' && partition === 1 && kafka.members(GROUP).length > 1) throw new Error('no answer')
        },
      })
      const [one, two] = [new Told(), new Told()]
      for (const told of [one, two]) await kafka.client().consume(TOPIC, GROUP, told)
      kafka.append(TOPIC, 1, record('a'))
      await one.until('1: a')
      expect(two.events).toEqual(['assigned 1', 'failed: other'])
    })

    it('refuses a commit that was under way when the group was shared out anew', async () => {
      const { gate, reached, release } = held('commit', 'before')
      const kafka = kafkaOf({ gate })
      const consumer = await kafka.client().consume(TOPIC, GROUP, new Told())
      const commit = consumer.commit(new Map([[0, 1]]))
      await reached
      kafka.rebalance(GROUP)
      release()
      await expect(commit).rejects.toMatchObject({ code: 'rebalancing' })
      expect(kafka.committed(GROUP, TOPIC)).toEqual(new Map())
    })

    it.each([
      ['before', []],
      ['after', ['0: a']],
    ] as const)('of what is paused %s the broker has answered brings that answer at the most', async (at, expected) => {
      const { gate, reached, release } = held('fetch', at)
      const kafka = kafkaOf({ gate })
      const told = new Told()
      const consumer = await kafka.client().consume(TOPIC, GROUP, told)
      kafka.append(TOPIC, 0, record('a'))
      await reached
      consumer.pause([0])
      release()
      kafka.append(TOPIC, 0, record('b'))
      kafka.append(TOPIC, 1, record('other'))
      await told.until('1: other')
      expect(told.events.filter((event) => event.startsWith('0'))).toEqual(expected)
    })

    it('brings nothing that was fetched before the group was shared out anew', async () => {
      const { gate, reached, release } = held('fetch', 'after')
      const kafka = kafkaOf({ gate })
      const told = new Told()
      await kafka.client().consume(TOPIC, GROUP, told)
      for (const text of ['a', 'b', 'c']) kafka.append(TOPIC, 0, record(text))
      await reached
      kafka.rebalance(GROUP)
      release()
      await told.until('0: c')
      expect(told.events).toEqual(['assigned 0,1', 'assigned 0,1', '0: a', '0: b', '0: c'])
    })
  })
})

/** What a consumer was told, a line for each record. */
class Told implements ConsumerEvents {
  readonly events: string[] = []
  readonly #onRecords: () => void
  #changed = Promise.withResolvers<void>()

  constructor(onRecords: () => void = () => {}) {
    this.#onRecords = onRecords
  }

  async until(event: string, times = 1): Promise<void> {
    while (this.events.filter((one) => one === event).length < times) await this.#changed.promise
  }

  assigned(partitions: readonly number[]): void {
    this.#note(`assigned ${partitions.join()}`)
  }

  records(partition: number, records: Parameters<ConsumerEvents['records']>[1]): void {
    this.#onRecords()
    for (const { value } of records) this.#note(`${partition}: ${Buffer.from(value ?? []).toString()}`)
  }

  undecodable(partition: number, offset: number): void {
    this.#note(`undecodable ${partition}/${offset}`)
  }

  failed(fault: KafkaFault): void {
    this.#note(`failed: ${fault.code}`)
  }

  #note(event: string): void {
    this.events.push(event)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
