/**
 * Decides whether firestore.indexes.json lets Firestore answer a query. The emulator answers every query, so a missing index
 * would first show in production, as FAILED_PRECONDITION.
 *
 * Follows https://firebase.google.com/docs/firestore/query-data/index-overview and
 * https://cloud.google.com/datastore/docs/concepts/optimize-indexes (merging), and is strict where they leave room: an index
 * serves only the directions that it names, though reversed ones might be served too.
 */
export type Order = 'ASCENDING' | 'DESCENDING'
export type Scope = 'COLLECTION' | 'COLLECTION_GROUP'

export interface IndexConfig {
  readonly indexes: readonly {
    readonly collectionGroup: string
    readonly queryScope: string
    readonly fields: readonly { readonly fieldPath: string; readonly order?: string; readonly arrayConfig?: string }[]
  }[]
  readonly fieldOverrides: readonly {
    readonly collectionGroup: string
    readonly fieldPath: string
    readonly ttl?: boolean
    readonly indexes: readonly {
      readonly order?: string
      readonly arrayConfig?: string
      readonly queryScope?: string
    }[]
  }[]
}

/** What of a query decides which index it needs: never its values, nor its limit. */
export interface QueryShape {
  /** The collection's own name, such as `images`. */
  readonly collection: string
  readonly scope: Scope
  /** Fields compared by `==`, and with `[]` behind its name one compared by `array-contains`. */
  readonly equal: readonly string[]
  /** Fields compared by an inequality. */
  readonly range: readonly string[]
  readonly orderBy: readonly (readonly [field: string, order: Order])[]
}

interface Index {
  /** What a merge has to agree on: fields in their order, the trailing `__name__` included. */
  readonly fields: readonly (readonly [field: string, order: Order])[]
}

const NAME = '__name__'

/** Null where the indexes serve the shape; else a sentence that names the index to add. */
export function missingIndex(shape: QueryShape, config: IndexConfig): string | null {
  const order = effectiveOrder(shape)
  const equal = [...new Set(shape.equal)].filter((field) => field !== NAME)
  const sort = order.slice(0, -1)
  const direction = order.at(-1)?.[1] ?? 'ASCENDING'
  // A plain listing by path is served by the documents themselves.
  if (equal.length === 0 && sort.length === 0 && direction === 'ASCENDING') return null

  // Several indexes may be merged where each holds some of the equal fields, then exactly the order asked for.
  const served = new Set<string>()
  for (const index of indexesOf(shape, config)) {
    const prefix = index.fields.slice(0, index.fields.length - order.length).map(([field]) => field)
    const suffix = index.fields.slice(prefix.length)
    const sorted = order.every(([field, by], i) => suffix[i]?.[0] === field && suffix[i][1] === by)
    if (!sorted || prefix.some((field) => !equal.includes(field))) continue
    if (equal.length === 0) return null
    for (const field of prefix) served.add(field)
  }
  if (equal.length > 0 && equal.every((field) => served.has(field))) return null
  const wanted = [...equal.map((field) => `${field} ASCENDING`), ...sort.map(([field, by]) => `${field} ${by}`)]
  return `no index of "${shape.collection}" (${shape.scope}) serves ${describe(shape)}: add [${wanted.join(', ')}]`
}

/** Inequalities sort first where no order is given; a field that is equal sorts nothing; the path breaks ties. */
function effectiveOrder(shape: QueryShape): (readonly [string, Order])[] {
  const order = shape.orderBy.filter(([field]) => !shape.equal.includes(field))
  const last = order.at(-1)?.[1] ?? 'ASCENDING'
  const implied = [...new Set(shape.range)].filter((field) => !order.some(([named]) => named === field)).sort()
  const all = [...order, ...implied.filter((field) => field !== NAME).map((field) => [field, last] as const)]
  return all.some(([field]) => field === NAME) ? all : [...all, [NAME, last]]
}

function indexesOf(shape: QueryShape, config: IndexConfig): Index[] {
  const composite = config.indexes
    .filter((index) => index.collectionGroup === shape.collection && index.queryScope === shape.scope)
    .map(({ fields }) => withName(fields.map((field) => [nameIn(field), asOrder(field.order)] as const)))
  const fields = new Set([...shape.equal, ...shape.range, ...shape.orderBy.map(([field]) => field)])
  fields.delete(NAME)
  const single = [...fields].flatMap((field) =>
    singleFieldOrders(field, shape, config).map((order) => withName([[field, order]])),
  )
  return [...composite, ...single]
}

const withName = (fields: readonly (readonly [string, Order])[]): Index => ({
  fields: fields.at(-1)?.[0] === NAME ? fields : [...fields, [NAME, fields.at(-1)?.[1] ?? 'ASCENDING']],
})

const CONTAINS = '[]'
const nameIn = ({ fieldPath, arrayConfig }: { readonly fieldPath: string; readonly arrayConfig?: string }) =>
  arrayConfig === 'CONTAINS' ? `${fieldPath}${CONTAINS}` : fieldPath

const asOrder = (order: string | undefined): Order => (order === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING')

/** The nearest exemption holds: the field's own, that of the map it is in, the collection's `*`; else the automatic indexes. */
function singleFieldOrders(field: string, shape: QueryShape, config: IndexConfig): Order[] {
  const ofArray = field.endsWith(CONTAINS)
  const parts = (ofArray ? field.slice(0, -CONTAINS.length) : field).split('.')
  const candidates = [...parts.map((_, i) => parts.slice(0, parts.length - i).join('.')), '*']
  for (const fieldPath of candidates) {
    const override = config.fieldOverrides.find(
      (each) => each.collectionGroup === shape.collection && each.fieldPath === fieldPath,
    )
    if (override === undefined) continue
    return override.indexes
      .filter((index) => (ofArray ? index.arrayConfig === 'CONTAINS' : index.order !== undefined))
      .filter((index) => (index.queryScope ?? 'COLLECTION') === shape.scope)
      .map((index) => asOrder(index.order))
  }
  if (shape.scope !== 'COLLECTION') return []
  return ofArray ? ['ASCENDING'] : ['ASCENDING', 'DESCENDING']
}

/** A shape as text: equal shapes have equal texts. */
export function describe(shape: QueryShape): string {
  const where = [...shape.equal.map((field) => `${field} ==`), ...shape.range.map((field) => `${field} <>`)].sort()
  const order = shape.orderBy.map(([field, by]) => `${field} ${by}`)
  return `${shape.scope} ${shape.collection} where [${where.join(', ')}] order by [${order.join(', ')}]`
}
