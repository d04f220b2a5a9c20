/** JSON values beside the schemas of Google's discovery documents. https://developers.google.com/discovery/v1/type-format */

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly readOnly?: boolean
  readonly annotations?: { readonly required?: readonly string[] }
}
export type Schemas = Readonly<Record<string, Schema>>

type Asked =
  | { readonly direction: 'answer' }
  | {
      readonly direction: 'request'
      readonly methodId: string
      /** Then whatever the descriptions call "Required." has to be there. */
      readonly isCreation: boolean
      /** Whether null may stand for any value, which it then removes. */
      readonly nullable: boolean
      /** Fields that the address has already. */
      readonly given: readonly string[]
    }

/**
 * What Cloud Storage calls so only in its words, or not at all: these documents are older than `readOnly`.
 * https://cloud.google.com/storage/docs/json_api/v1/buckets#resource says which are writable.
 */
const STORAGE_OUTPUT = new Set(
  [
    'etag generation hardDeleteTime id kind locationType metageneration owner projectNumber satisfiesPZI satisfiesPZS selfLink softDeleteTime',
    'timeCreated updated retentionPolicy.effectiveTime retentionPolicy.isLocked softDeletePolicy.effectiveTime',
    'iamConfiguration.uniformBucketLevelAccess.lockedTime autoclass.toggleTime autoclass.terminalStorageClassUpdateTime objectRetention.mode',
  ]
    .join(' ')
    .split(' '),
)

const FORMATS: Readonly<Record<string, RegExp>> = {
  int64: /^-?\d{1,19}$/,
  uint64: /^\d{1,20}$/,
  'google-duration': /^-?\d+(\.\d{1,9})?s$/,
  'google-datetime': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  byte: /^[A-Za-z0-9+/_-]*={0,2}$/,
}

/** A sentence for each thing that is wrong, naming its field. */
export function schemaProblems(value: unknown, schema: Schema, schemas: Schemas, asked: Asked): readonly string[] {
  const problems: string[] = []
  check(value, schema, '')
  return problems

  function check(each: unknown, asIs: Schema, path: string): void {
    const { $ref } = asIs
    const expected = $ref === undefined ? asIs : schemas[$ref]
    const field = path === '' ? 'the body' : path
    if (expected === undefined) throw new Error(`the document has no schema ${$ref}`)
    if (each === null) {
      if (asked.direction === 'answer' || !asked.nullable) problems.push(`${field} is null`)
      return
    }
    const wrong = (what: string) => problems.push(`${field} is ${JSON.stringify(each)}: expected ${what}`)
    switch (expected.type ?? '') {
      case 'any':
        return
      case 'boolean':
        if (typeof each !== 'boolean') wrong('true or false')
        return
      case 'integer':
        if (!Number.isInteger(each)) wrong('a whole number')
        return
      case 'number':
        if (typeof each !== 'number') wrong('a number')
        return
      case 'string': {
        const format = FORMATS[expected.format ?? '']
        if (typeof each !== 'string') wrong(expected.format === 'int64' ? 'a whole number in quotes' : 'a string')
        else if (expected.enum !== undefined && !expected.enum.includes(each)) wrong(expected.enum.join(' or '))
        else if (format !== undefined && !format.test(each)) wrong(`a ${expected.format}`)
        return
      }
      case 'array':
        if (!Array.isArray(each)) wrong('a list')
        else for (const [index, item] of each.entries()) check(item, expected.items ?? {}, `${path}[${index}]`)
        return
      case 'object':
        if (typeof each !== 'object' || Array.isArray(each)) wrong('an object')
        else object(each as Record<string, unknown>, expected, path)
        return
      default:
        throw new Error(`${field}: the double knows no type ${expected.type}`)
    }
  }

  function object(each: Record<string, unknown>, expected: Schema, path: string): void {
    const properties = expected.properties ?? {}
    for (const [name, inner] of Object.entries(each)) {
      // As JSON.stringify leaves it out.
      if (inner === undefined) continue
      const field = path === '' ? name : `${path}.${name}`
      const schemaOfIt = Object.hasOwn(properties, name) ? properties[name] : expected.additionalProperties
      if (schemaOfIt === undefined) problems.push(`${field} is no field that Google knows`)
      else if (asked.direction === 'request' && isOutput(field, schemaOfIt))
        problems.push(`${field} is set by Google alone`)
      else check(inner, schemaOfIt, field)
    }
    if (asked.direction === 'answer') return
    for (const [name, inner] of Object.entries(properties)) {
      if (each[name] !== undefined || isOutput(name, inner) || (path === '' && asked.given.includes(name))) continue
      const required =
        inner.annotations?.required?.includes(asked.methodId) === true ||
        (asked.isCreation && inner.description?.startsWith('Required. ') === true)
      if (required) problems.push(`${path === '' ? '' : `${path}.`}${name} is missing`)
    }
  }

  function isOutput(field: string, { readOnly, description }: Schema): boolean {
    if (readOnly === true || description?.startsWith('Output only') === true) return true
    return (
      asked.direction === 'request' &&
      /^storage\.buckets\.(insert|patch|update)$/.test(asked.methodId) &&
      STORAGE_OUTPUT.has(field)
    )
  }
}
