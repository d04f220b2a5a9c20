/** Uploads the demo's images, or a folder of the user's, as signed-in customers. */
import { createHash, randomUUID } from 'node:crypto'
import { customerPath, imageIdOf, imagePath, rawName } from '../functions/src/contract/names.ts'
import { SERVER_TIME, type DocumentStore } from '../functions/src/ledger/document-store.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'
import type { Stack } from '../stack/stack.ts'
import { signIn, type Client } from './client.ts'
import { createUsers, DEMO_CUSTOMERS } from './customers.ts'
import { deliver, RETRY_DELAYS } from './deliver.ts'
import { candidatesBelow, printable, type Candidate } from './files.ts'
import { demoImages } from './images.ts'
import { inParallel, sleep } from './parallel.ts'
import type { Produced } from './produce.ts'
import { openStore } from './store.ts'

export interface Uploaded {
  readonly label: string
  readonly customerId: string
  readonly rawName: string
  readonly imageId: string
}

export interface Refused {
  readonly label: string
  readonly customerId: string
  readonly reason: string
}

export interface SeedResult {
  readonly uploaded: readonly Uploaded[]
  /** Turned away by a client's checks or by the rules. */
  readonly refused: readonly Refused[]
  /** What the second web application sent; absent or null where nothing went through Kafka. */
  readonly produced?: readonly Produced[] | null
}

export interface SeedOptions {
  /** Null: the demo's own images, bad ones included, sent as a client without checks would. */
  readonly imagesDir: string | null
  readonly log: (line: string) => void
  /** How long a lane waits for its image to end before it sends the next; {@link SETTLE_SECONDS} by default. */
  readonly settleSeconds?: number
  /** For each refusal; standard error by default. */
  readonly warn?: (line: string) => void
}

/** Images on their way at a time: the functions emulator starts a process for each. */
const IN_FLIGHT = 4
/** Long enough for most images. */
const SETTLE_SECONDS = 10

/** Throws where a file is neither uploaded nor refused in the end. */
export async function seed(stack: Stack, options: SeedOptions): Promise<SeedResult> {
  const { log, settleSeconds = SETTLE_SECONDS, warn = (line: string) => process.stderr.write(`${line}\n`) } = options
  const candidates = options.imagesDir === null ? await ownImages() : await candidatesBelow(options.imagesDir)
  await using store = openStore(stack)
  await createUsers(stack)
  await nameCustomers(store)
  const clients = await signInAll(stack)
  log(`uploading ${candidates.length} files as ${clients.length} users of ${DEMO_CUSTOMERS.length} customers`)

  const uploaded: Uploaded[] = []
  const refused: Refused[] = []
  try {
    await inParallel(candidates, IN_FLIGHT, async (candidate, index) => {
      const client = clients[index % clients.length] as Client
      const result = await send(client, candidate)
      if ('reason' in result) {
        refused.push(result)
        warn(`refused: ${printable(result.label)}: ${result.reason}`)
      } else {
        uploaded.push(result)
      }
      const done = uploaded.length + refused.length
      if (done % 10 === 0 || done === candidates.length) log(`uploaded ${uploaded.length} of ${candidates.length}`)
      if (!('reason' in result)) await untilEnded(store, result, settleSeconds)
    })
  } finally {
    await Promise.all(clients.map((client) => client.close()))
  }
  return { uploaded, refused }
}

async function ownImages(): Promise<readonly Candidate[]> {
  return (await demoImages()).map(({ name, bytes, contentType }) => ({
    label: name,
    fileName: name,
    load: () => Promise.resolve({ bytes, contentType }),
  }))
}

/** One after the other: the emulator's first sign-in is slow. */
async function signInAll(stack: Stack): Promise<readonly Client[]> {
  const clients: Client[] = []
  for (const { users } of DEMO_CUSTOMERS) {
    for (const { email } of users) clients.push(await signIn(stack, email))
  }
  return clients
}

/** A claim would call a customer by its id. Done as an administrator would; a customer that is there keeps its name. */
async function nameCustomers(store: DocumentStore): Promise<void> {
  for (const { id, name } of DEMO_CUSTOMERS) {
    await store.transact(async (transaction) => {
      if ((await transaction.get(customerPath(id))) !== null) return
      transaction.create(customerPath(id), { name, kind: 'web', createdAt: SERVER_TIME, updatedAt: SERVER_TIME })
    })
  }
}

async function send(client: Client, candidate: Candidate): Promise<Uploaded | Refused> {
  const { customerId } = client
  const { label, fileName } = candidate
  const loaded = await candidate.load()
  if ('reason' in loaded) return { label, customerId, reason: loaded.reason }
  const { bytes, contentType } = loaded
  const name = rawName({ source: 'web', customerId, uploadId: randomUUID(), fileName })
  const md5 = createHash('md5').update(bytes).digest('base64')
  const destination = client.destination(name, bytes, contentType)
  try {
    const delivery = await deliver(destination, { bytes: bytes.length, md5 }, RETRY_DELAYS, sleep)
    if (delivery.kind === 'refused') return { label, customerId, reason: delivery.reason }
  } catch (error) {
    throw new Error(`${printable(label)} could not be uploaded`, { cause: error })
  }
  return { label, customerId, rawName: name, imageId: await imageIdOf(name) }
}

/** What bounds the emulator's processes: uploading is fast, processing is not. Whatever has not ended is left to the report. */
async function untilEnded(
  store: DocumentStore,
  { customerId, imageId }: Uploaded,
  settleSeconds: number,
): Promise<void> {
  const deadline = performance.now() + settleSeconds * 1000
  while (performance.now() < deadline) {
    const data = await store.get(imagePath(customerId, imageId))
    if (data !== null && asRecord(data).job === null) return
    await sleep(200)
  }
}
