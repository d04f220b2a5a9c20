/** The bridge: from topic to bucket, beside consuming alone and uploading alone; memory by lag; and the time until an image is processed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { cameraPhoto } from '../demo/images.ts'
import { openSender, produceImages, type Produced, type Sender } from '../demo/produce.ts'
import { openStore } from '../demo/store.ts'
import { imageIdOf, imagePath } from '../functions/src/contract/names.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'
import { createTopics, plain } from '../stack/kafka-topics.ts'
import { ROOT } from '../stack/paths.ts'
import { startStack, type Part, type Stack } from '../stack/stack.ts'
import { runScript } from './child.ts'
import { optionsOf, printTable, spread, written } from './figures.ts'
import { benchRecord } from './kafka-records.ts'

const HELP = `How fast the bridge is, and what it takes. Linux, where memory is read from /proc.

npm run bench kafka
npm run bench kafka -- --part P       one of throughput, memory, latency
npm run bench kafka -- --records N    records of the throughput (else 1000), of 50 KB to 3 MB
npm run bench kafka -- --rounds N     of the throughput (else 2)
npm run bench kafka -- --rate N       images a second for the latency (else 2)
npm run bench kafka -- --json         the figures as one line of JSON, the last of standard output
`
const KB = 1000
const UPLOADS = 8
/** Of the slower of consuming and uploading. */
const THROUGHPUT_TARGET = 0.8
const MEMORY_TARGET = 0.1
/** Small, so that 500 records fill it as well. */
const MEMORY_BYTES = 64 * 2 ** 20

const values = optionsOf(HELP, { part: null, records: '1000', rounds: '2', rate: '2' })

interface Took {
  readonly milliseconds: number
  readonly peakMiB: number
  /** Of the whole process, its start included. */
  readonly cpuSeconds: number
}

let groups = 0
const contestant = (
  stack: Stack,
  topic: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
) =>
  runScript<Took>('kafka-child.ts', args, {
    env: {
      ...stack.env,
      KAFKA_TOPIC: topic,
      KAFKA_GROUP: `bench-${groups++}`,
      KAFKA_UPLOADS: String(UPLOADS),
      ...env,
    },
  })

const senderOf = (stack: Stack, topic: string) => openSender({ connection: plain(stack.kafka?.brokers ?? ''), topic })

/** Returns the bytes of all of them. */
async function fill(stack: Stack, topic: string, count: number, smallest: number, largest: number): Promise<number> {
  await createTopics(plain(stack.kafka?.brokers ?? ''), [topic, `${topic}.dlq`])
  await using sender: Sender = await senderOf(stack, topic)
  let bytes = 0
  await produceImages(
    sender,
    (function* () {
      for (let index = 0; index < count; index++) {
        const record = benchRecord(index, smallest, largest)
        bytes += record.length
        yield { label: '', customerId: 'bench', fileName: `${index}.jpg`, bytes: record, contentType: 'image/jpeg' }
      }
    })(),
  )
  return bytes
}

async function throughput(stack: Stack, records: number, rounds: number) {
  const [smallest, largest] = [50 * KB, 3000 * KB]
  const megabytes = (await fill(stack, 'throughput', records, smallest, largest)) / 1e6
  const took: Record<'bridge' | 'consume' | 'upload', number[]> = { bridge: [], consume: [], upload: [] }
  for (let round = 0; round < rounds; round++) {
    for (const what of ['upload', 'bridge', 'consume'] as const) {
      const args = [what, `bench-${what}-${round}`, records, smallest, largest]
      took[what].push((await contestant(stack, 'throughput', args)).milliseconds)
    }
  }
  const speeds = (what: keyof typeof took) => took[what].map((milliseconds) => megabytes / (milliseconds / 1000))
  const ratios = took.bridge.map(
    (bridge, round) => Math.max(took.upload[round] ?? NaN, took.consume[round] ?? NaN) / bridge,
  )
  const row = (name: string, what: keyof typeof took) => [
    name,
    written(spread(speeds(what)), 0),
    written(spread(took[what].map((milliseconds) => records / (milliseconds / 1000))), 0),
  ]
  printTable(
    [`${records} records, ${Math.round(megabytes)} MB`, 'MB/s', 'records/s'],
    [
      row('bridge: topic to raw bucket', 'bridge'),
      row('kafkajs alone, dropped', 'consume'),
      row(`a loop of uploads, ${UPLOADS} at a time`, 'upload'),
    ],
  )
  const ratio = spread(ratios)
  const ok = ratio.median >= THROUGHPUT_TARGET
  console.log(
    `of the slower of the two: ${written(ratio)}; target ${THROUGHPUT_TARGET}: ${ok ? 'reached' : 'missed'}\n`,
  )
  return { ok, megabytes, megabytesPerSecond: spread(speeds('bridge')), ratio }
}

async function memory(stack: Stack) {
  const lags = [500, 10_000]
  const peaks: number[] = []
  for (const lag of lags) {
    await fill(stack, `lag-${lag}`, lag, 50 * KB, 600 * KB)
    const env = { KAFKA_MEMORY_BYTES: String(MEMORY_BYTES) }
    peaks.push((await contestant(stack, `lag-${lag}`, ['bridge', `bench-lag-${lag}`], env)).peakMiB)
  }
  printTable(
    ['records of lag', 'peak of resident memory, MiB'],
    lags.map((lag, i) => [String(lag), (peaks[i] ?? NaN).toFixed(0)]),
  )
  const ratio = (peaks[1] ?? NaN) / (peaks[0] ?? NaN)
  const ok = ratio <= 1 + MEMORY_TARGET
  console.log(
    `10,000 beside 500: ${ratio.toFixed(2)}; target at most ${1 + MEMORY_TARGET}: ${ok ? 'reached' : 'missed'}\n`,
  )
  return { ok, peaks, ratio }
}

/** From the moment before a record is sent to the time of its record's commit, by the same machine's clock. */
async function latency(stack: Stack, rate: number) {
  const images = 60
  const photo = Buffer.from(await cameraPhoto(1))
  const worker = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', join(ROOT, 'functions/src/worker.ts')],
    { env: { ...process.env, ...stack.env, KAFKA_HEALTH_PORT: '0' }, stdio: 'ignore' },
  )
  await using store = openStore(stack)
  try {
    await using sender = await senderOf(stack, stack.kafkaTopic)
    const sent = new Map<string, number>()
    const image = (index: number) => {
      sent.set(`id-${index}`, Date.now())
      return {
        label: '',
        customerId: 'bench',
        fileName: `${index}.jpg`,
        bytes: Buffer.concat([photo, Buffer.from(String(index))]),
        contentType: 'image/jpeg',
        id: `id-${index}`,
      }
    }
    const ended = async ({ becomes }: Produced) => {
      if ('refused' in becomes) throw new Error(becomes.detail)
      const path = imagePath('bench', await imageIdOf(becomes.rawName))
      for (;;) {
        const data = await store.get(path)
        const at = data === null ? null : asRecord(data).processedAt
        if (at !== null) return at.toMillis()
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    // The first ones wait for processes to start: they are not counted.
    const first = await produceImages(sender, [0, 1, 2, 3].map(image), { rate: 1 })
    await Promise.all(first.map(ended))
    async function* steadily() {
      const started = performance.now()
      for (let index = 4; index < 4 + images; index++) {
        const early = ((index - 4) * 1000) / rate - (performance.now() - started)
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
        yield image(index)
      }
    }
    const produced = await produceImages(sender, steadily())
    const took = await Promise.all(
      produced.map(async (one) => ((await ended(one)) - (sent.get(one.id ?? '') ?? NaN)) / 1000),
    )
    const sorted = took.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
    const figures = { median: at(0.5), p99: at(0.99) }
    printTable(
      ['images a second', 'produced until processed, median, s', '99th percentile, s'],
      [[String(rate), figures.median.toFixed(2), figures.p99.toFixed(2)]],
    )
    return { ok: true, rate, ...figures }
  } finally {
    worker.kill('SIGTERM')
    await once(worker, 'exit')
  }
}

async function withStack<T>(parts: readonly Part[], body: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await startStack({ parts, log: (line) => process.stderr.write(`${line}\n`) })
  try {
    return await body(stack)
  } finally {
    await stack.stop()
  }
}

const wants = (part: string) => values.part === undefined || values.part === part
const figures: Record<string, { readonly ok: boolean }> = {}
if (wants('throughput') || wants('memory')) {
  await withStack(['auth', 'firestore', 'storage', 'kafka'], async (stack) => {
    if (wants('throughput'))
      figures['throughput'] = await throughput(stack, Number(values.records), Number(values.rounds))
    if (wants('memory')) figures['memory'] = await memory(stack)
  })
}
if (wants('latency')) {
  figures['latency'] = await withStack(['auth', 'firestore', 'storage', 'functions', 'tasks', 'kafka'], (stack) =>
    latency(stack, Number(values.rate)),
  )
}
if (values.json) console.log(JSON.stringify(figures))
process.exit(Object.values(figures).every(({ ok }) => ok) ? 0 : 1)
