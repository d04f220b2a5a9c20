/** Google in memory: every request is held to Google's own descriptions, then answered by a fake that keeps state. */
import { ApiError, type Call, type GoogleApi } from '../resource.ts'
import { Discovery, type Request } from './discovery.ts'
import { FAKES } from './fakes.ts'
import { World, type Fake } from './world.ts'

/** What a project that `firebase projects:create` has made begins with. */
const FIRST_SERVICES = ['cloudresourcemanager', 'serviceusage', 'firebase', 'logging', 'monitoring'].map(
  (name) => `${name}.googleapis.com`,
)
/** These answer whatever is enabled, or else nothing could be. */
const ALWAYS = ['cloudresourcemanager.googleapis.com', 'serviceusage.googleapis.com']
/** An API that has just been enabled is not yet everywhere. */
const PROPAGATION_MILLISECONDS = 15_000

export interface Sent {
  readonly id: string
  readonly request: Request
  readonly isWrite: boolean
}

export class GoogleDouble implements GoogleApi {
  readonly world: World
  /** Every request that was answered or refused, in order. */
  readonly sent: Sent[] = []
  /** Then a request that could change something is a defect. */
  readOnly = false
  /** Called before a request is answered: may change the world (another run), or throw. */
  before: ((request: Request, isWrite: boolean) => void | Promise<void>) | null = null
  /** Called after a request was answered: what it throws stands for an answer that never came. */
  after: ((request: Request, isWrite: boolean) => void | Promise<void>) | null = null
  readonly #discovery: Discovery
  readonly #fakes: Fake

  /** @param folder of discovery documents: stack/discovery.ts */
  constructor(folder: string, projectId = 'darkroom-test', fakes: Fake = FAKES) {
    this.world = new World(projectId, FIRST_SERVICES)
    this.#discovery = discoveryOf(folder)
    this.#fakes = fakes
  }

  get writes(): readonly Sent[] {
    return this.sent.filter(({ isWrite }) => isWrite)
  }

  async call<T>(call: Call): Promise<T> {
    const request = this.#discovery.request(call)
    const isWrite = call.method !== 'GET' && !isReading(request.id)
    this.sent.push({ id: request.id, request, isWrite })
    if (isWrite && this.readOnly) throw new Error(`${request.id} would write, and nothing may`)
    await this.before?.(request, isWrite)
    this.#assertEnabled(request.service)
    const handler = this.#fakes[request.id]
    if (handler === undefined)
      throw new Error(`the double has no fake for ${request.id}: provision/README.md says how to add it`)
    // As it comes over the wire: without what is undefined, and nobody else's.
    const answer: unknown = JSON.parse(JSON.stringify(handler(request, this.world)))
    this.#discovery.assertAnswer(request.id, answer)
    await this.after?.(request, isWrite)
    return answer as T
  }

  pause(milliseconds: number): Promise<void> {
    this.world.advance(milliseconds)
    return Promise.resolve()
  }

  #assertEnabled(service: string): void {
    if (ALWAYS.includes(service)) return
    const since = this.world.services.get(service)
    if (since !== undefined && (since === 0 || this.world.now - since >= PROPAGATION_MILLISECONDS)) return
    throw new ApiError(
      403,
      'SERVICE_DISABLED',
      `${service} has not been used in project ${this.world.projectNumber} before or it is disabled. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    )
  }
}

/** POSTs that change nothing. */
const isReading = (id: string) => /\.(getIamPolicy|testIamPermissions|queryGrantableRoles|batchGet|lint)$/.test(id)

let parsed: { readonly folder: string; readonly discovery: Discovery } | null = null
/** Parsed once for all doubles of a test file. */
function discoveryOf(folder: string): Discovery {
  if (parsed?.folder !== folder) parsed = { folder, discovery: new Discovery(folder) }
  return parsed.discovery
}
