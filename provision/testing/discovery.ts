/**
 * Google's discovery documents, as stack/discovery.ts has fetched them: which method a request means, and whether it is one that Google's own
 * description allows. https://developers.google.com/discovery/v1/reference/apis
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Call } from '../resource.ts'
import { schemaProblems, type Schema, type Schemas } from './schema.ts'

interface Parameter extends Schema {
  readonly location: 'path' | 'query'
  readonly required?: boolean
  readonly repeated?: boolean
}

interface DiscoveryMethod {
  readonly id: string
  readonly httpMethod: string
  readonly path: string
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly request?: { readonly $ref: string }
  readonly response?: { readonly $ref: string }
}

interface DiscoveryResource {
  readonly methods?: Readonly<Record<string, DiscoveryMethod>>
  readonly resources?: Readonly<Record<string, DiscoveryResource>>
}

interface Document extends DiscoveryResource {
  readonly name: string
  readonly version: string
  readonly rootUrl: string
  readonly servicePath: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly schemas: Schemas
}

interface Method extends DiscoveryMethod {
  readonly document: Document
  readonly address: RegExp
  readonly names: readonly string[]
  /** How much of the address is fixed: of two that fit, the more special one is meant. */
  readonly weight: number
}

interface Meant {
  readonly method: Method
  readonly params: Readonly<Record<string, string>>
}

/** A request that Google's description allows. */
export interface Request {
  /** Of the method: `storage.buckets.patch`. */
  readonly id: string
  /** Of the service: `storage.googleapis.com`. */
  readonly service: string
  readonly call: Call
  /** What stands in the path and the query, without what a query repeats. */
  readonly params: Readonly<Record<string, string>>
  readonly repeated: Readonly<Record<string, readonly string[]>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The request is none that Google's own description allows: a defect of whoever has sent it. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}

export class Discovery {
  readonly #folder: string
  readonly #methods = new Map<string, readonly Method[]>()
  /** By host and verb. */
  readonly #ofHost = new Map<string, readonly Method[]>()
  readonly #found = new Map<string, Meant>()
  readonly #byId = new Map<string, Method>()

  /** @param folder of JSON files, one for each version of an API */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Throws a {@link NotAllowed} that names all that is wrong. */
  request(call: Call): Request {
    const { method, params: inPath } = this.#find(call)
    const known = { ...method.document.parameters, ...method.parameters }
    const problems: string[] = []
    const params: Record<string, string> = { ...inPath }
    const repeated: Record<string, readonly string[]> = {}
    for (const [name, given] of Object.entries(call.query ?? {})) {
      const parameter = known[name]
      const values = typeof given === 'string' ? [given] : given
      if (parameter === undefined || parameter.location !== 'query') {
        problems.push(`the query has an unknown parameter ${name}`)
        continue
      }
      if (typeof given !== 'string' && parameter.repeated !== true)
        problems.push(`the parameter ${name} is not repeated`)
      for (const value of values) problems.push(...parameterProblems(name, value, parameter))
      if (parameter.repeated === true) repeated[name] = values
      else params[name] = values[0] ?? ''
      if (parameter.format === 'google-fieldmask' && method.request !== undefined)
        problems.push(...maskProblems(values.join(), method.request.$ref, method.document.schemas))
    }
    for (const [name, { required }] of Object.entries(method.parameters ?? {}))
      if (required === true && params[name] === undefined && repeated[name] === undefined)
        problems.push(`the parameter ${name} is missing`)
    if (method.request === undefined) {
      if (call.body !== undefined) problems.push('it takes no body')
    } else if (call.body === undefined) {
      // An empty message may be left out.
      if (Object.keys(method.document.schemas[method.request.$ref]?.properties ?? {}).length > 0)
        problems.push(`the body is missing: expected a ${method.request.$ref}`)
    } else {
      problems.push(
        ...schemaProblems(call.body, method.request, method.document.schemas, {
          direction: 'request',
          methodId: method.id,
          isCreation: call.method === 'POST',
          nullable: isMergePatch(method),
          given: Object.keys(inPath),
        }),
      )
    }
    if (problems.length > 0)
      throw new NotAllowed(`${method.id} (${call.method} ${call.url}):\n- ${problems.join('\n- ')}`)
    const body = structuredClone(call.body ?? {}) as Record<string, unknown>
    return { id: method.id, service: new URL(method.document.rootUrl).host, call, params, repeated, body }
  }

  /** Whether an answer of the double is one that Google could give. Throws an Error: it is a defect of the double. */
  assertAnswer(id: string, answer: unknown): void {
    const method = this.#byId.get(id)
    if (method?.response === undefined) return
    const problems = schemaProblems(answer, method.response, method.document.schemas, { direction: 'answer' })
    if (problems.length > 0)
      throw new Error(`the double's answer to ${id} is none of Google's:\n- ${problems.join('\n- ')}`)
  }

  /** Whether there is such a method at all. */
  has(id: string): boolean {
    const [name] = id.split('.')
    for (const file of readdirSync(this.#folder)) if (file.startsWith(`${name}.`)) this.#load(file)
    return this.#byId.has(id)
  }

  #find(call: Call): Meant {
    const known = this.#found.get(`${call.method} ${call.url}`)
    if (known !== undefined) return known
    const url = new URL(call.url)
    if (url.search !== '') throw new NotAllowed(`${call.method} ${call.url}: the query belongs into \`query\``)
    const host = url.host
    let best: Meant | null = null
    for (const method of this.#methodsOf(host, call.method)) {
      const match = method.address.exec(url.pathname)
      if (match === null || (best !== null && best.method.weight >= method.weight)) continue
      const values = match.slice(1).map(decodeURIComponent)
      best = { method, params: Object.fromEntries(method.names.map((name, index) => [name, values[index] ?? ''])) }
    }
    if (best !== null) {
      this.#found.set(`${call.method} ${call.url}`, best)
      return best
    }
    throw new NotAllowed(`${call.method} ${call.url}: none of ${host}'s methods has this address`)
  }

  #methodsOf(host: string, verb: string): readonly Method[] {
    const known = this.#ofHost.get(`${verb} ${host}`)
    if (known !== undefined) return known
    const [name] = host.split('.')
    const files = readdirSync(this.#folder).filter((file) => file.startsWith(`${name}.`))
    if (!host.endsWith('.googleapis.com') || files.length === 0)
      throw new NotAllowed(`there is no description of ${host}: add it to DOCUMENTS in stack/discovery.ts`)
    const methods = files.flatMap((file) => this.#load(file)).filter(({ httpMethod }) => httpMethod === verb)
    this.#ofHost.set(`${verb} ${host}`, methods)
    return methods
  }

  #load(file: string): readonly Method[] {
    const loaded = this.#methods.get(file)
    if (loaded !== undefined) return loaded
    const document = JSON.parse(readFileSync(join(this.#folder, file), 'utf8')) as Document
    const methods = methodsOf(document, document)
    this.#methods.set(file, methods)
    for (const method of methods) this.#byId.set(method.id, method)
    return methods
  }
}

function methodsOf(document: Document, resource: DiscoveryResource): readonly Method[] {
  return [
    ...Object.values(resource.methods ?? {}).map((method) => ({ ...method, document, ...addressOf(document, method) })),
    ...Object.values(resource.resources ?? {}).flatMap((inner) => methodsOf(document, inner)),
  ]
}

/** RFC 6570: `{name}` is one segment, `{+name}` what its pattern says. */
function addressOf(document: Document, method: DiscoveryMethod): Pick<Method, 'address' | 'names' | 'weight'> {
  const names: string[] = []
  const template = `${new URL(document.rootUrl).pathname}${document.servicePath}${method.path}`
  const source = template
    .split(/(\{\+?\w+\})/)
    .map((part) => {
      const name = /^\{\+?(\w+)\}$/.exec(part)?.[1]
      if (name === undefined) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      names.push(name)
      const pattern = method.parameters?.[name]?.pattern
      return `(${part.startsWith('{+') && pattern !== undefined ? pattern.replace(/^\^/, '').replace(/\$$/, '') : '[^/]+'})`
    })
    .join('')
  return { address: new RegExp(`^${source}$`), names, weight: template.replaceAll(/\{\+?\w+\}/g, '').length }
}

/** These two take a JSON merge patch (RFC 7396), in which null removes a field. */
const isMergePatch = ({ httpMethod, document }: Method) =>
  httpMethod === 'PATCH' && ['storage', 'bigquery'].includes(document.name)

function parameterProblems(name: string, value: string, parameter: Parameter): readonly string[] {
  const said = `the parameter ${name} is ${JSON.stringify(value)}`
  if (parameter.enum !== undefined && !parameter.enum.includes(value))
    return [`${said}: expected ${parameter.enum.join(' or ')}`]
  if (parameter.type === 'boolean' && !['true', 'false'].includes(value)) return [`${said}: expected true or false`]
  if ((parameter.type === 'integer' || parameter.format === 'int64') && !/^-?\d+$/.test(value))
    return [`${said}: expected a whole number`]
  if (parameter.pattern !== undefined && !new RegExp(parameter.pattern).test(value))
    return [`${said}: expected what matches ${parameter.pattern}`]
  return []
}

/** Each path of a mask has to name a field. https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask */
function maskProblems(mask: string, ref: string, schemas: Schemas): readonly string[] {
  return mask.split(',').flatMap((path) => {
    let schema: Schema | undefined = schemas[ref]
    for (const segment of path.split('.')) {
      if (schema?.$ref !== undefined) schema = schemas[schema.$ref]
      if (schema?.additionalProperties !== undefined) {
        schema = schema.additionalProperties
        continue
      }
      const name = segment.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      schema = schema?.properties?.[name]
      if (schema === undefined) return [`the mask names ${path}, which is no field of ${ref}`]
      if (schema.readOnly === true) return [`the mask names ${path}, which only Google sets`]
    }
    return []
  })
}
