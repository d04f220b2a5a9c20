import { missingIndex, type IndexConfig, type Order, type QueryShape } from './index-coverage.ts'

const NONE: IndexConfig = { indexes: [], fieldOverrides: [] }
type Fields = readonly (readonly [string, Order])[]
const composite = (fields: Fields, queryScope = 'COLLECTION'): IndexConfig => ({
  ...NONE,
  indexes: [
    { collectionGroup: 'images', queryScope, fields: fields.map(([fieldPath, order]) => ({ fieldPath, order })) },
  ],
})
const override = (fieldPath: string, ...indexes: IndexConfig['fieldOverrides'][number]['indexes']): IndexConfig => ({
  ...NONE,
  fieldOverrides: [{ collectionGroup: 'images', fieldPath, indexes }],
})
const both = (...configs: IndexConfig[]): IndexConfig => ({
  indexes: configs.flatMap((config) => config.indexes),
  fieldOverrides: configs.flatMap((config) => config.fieldOverrides),
})
const shape = (more: Partial<QueryShape>): QueryShape => ({
  collection: 'images',
  scope: 'COLLECTION',
  equal: [],
  range: [],
  orderBy: [],
  ...more,
})
const GROUP = { scope: 'COLLECTION_GROUP' } as const
const UP = 'ASCENDING'
const DOWN = 'DESCENDING'

const CASES: readonly (readonly [string, 'served' | 'missing', QueryShape, IndexConfig])[] = [
  ['a listing', 'served', shape({}), NONE],
  ['a listing of a group', 'served', shape(GROUP), NONE],
  ['a listing by path', 'served', shape({ orderBy: [['__name__', UP]] }), NONE],
  ['a listing by path, backwards', 'missing', shape({ orderBy: [['__name__', DOWN]] }), NONE],
  ['one equality', 'served', shape({ equal: ['a'] }), NONE],
  ['one order, up', 'served', shape({ orderBy: [['a', UP]] }), NONE],
  ['one order, down', 'served', shape({ orderBy: [['a', DOWN]] }), NONE],
  ['a range', 'served', shape({ range: ['a'] }), NONE],
  ['a range and its order', 'served', shape({ range: ['a'], orderBy: [['a', DOWN]] }), NONE],
  ['an order by the field that is equal', 'served', shape({ equal: ['a'], orderBy: [['a', DOWN]] }), NONE],
  ['two equalities, by merging', 'served', shape({ equal: ['a', 'b'] }), NONE],
  ['a field of a map', 'served', shape({ equal: ['a.b'] }), NONE],
  ['a value in a list', 'served', shape({ equal: ['a[]'] }), NONE],
  ['a value in a list and an order', 'missing', shape({ equal: ['a[]'], orderBy: [['b', DOWN]] }), NONE],
  ['a value in a list of a group', 'missing', shape({ ...GROUP, equal: ['a[]'] }), NONE],
  ['a value in a list that is not indexed', 'missing', shape({ equal: ['a[]'] }), override('a', { order: UP })],
  ['a value that is not one of a list', 'missing', shape({ equal: ['a'] }), override('a', { arrayConfig: 'CONTAINS' })],

  ['one equality of a group', 'missing', shape({ ...GROUP, equal: ['a'] }), NONE],
  ['one order of a group', 'missing', shape({ ...GROUP, orderBy: [['a', UP]] }), NONE],
  ['equality and order', 'missing', shape({ equal: ['a'], orderBy: [['b', UP]] }), NONE],
  ['equality and range', 'missing', shape({ equal: ['a'], range: ['b'] }), NONE],
  ['two orders', 'missing', shape({ orderBy: [['a', UP], ['b', UP]] }), NONE], // prettier-ignore
  ['two ranges', 'missing', shape({ range: ['a', 'b'] }), NONE],

  [
    'equality and order',
    'served',
    shape({ equal: ['a'], orderBy: [['b', UP]] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'equality and range',
    'served',
    shape({ equal: ['a'], range: ['b'] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'equality of either order',
    'served',
    shape({ equal: ['a'], range: ['b'] }),
    composite([
      ['a', DOWN],
      ['b', UP],
    ]),
  ],
  [
    'order of the other direction',
    'missing',
    shape({ equal: ['a'], orderBy: [['b', DOWN]] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'fields the wrong way round',
    'missing',
    shape({ equal: ['a'], orderBy: [['b', UP]] }),
    composite([
      ['b', UP],
      ['a', UP],
    ]),
  ],
  [
    'an equality the index lacks',
    'missing',
    shape({ equal: ['a', 'c'], orderBy: [['b', UP]] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'an index with one field too many',
    'missing',
    shape({ equal: ['a'], orderBy: [['b', UP]] }),
    composite([
      ['a', UP],
      ['c', UP],
      ['b', UP],
    ]),
  ],
  [
    'an index that goes on sorting',
    'missing',
    shape({ equal: ['a'], orderBy: [['b', UP]] }),
    composite([
      ['a', UP],
      ['b', UP],
      ['c', UP],
    ]),
  ],
  [
    'equality alone, of an index that sorts by more',
    'missing',
    shape({ ...GROUP, equal: ['a'] }),
    composite(
      [
        ['a', UP],
        ['b', UP],
      ],
      'COLLECTION_GROUP',
    ),
  ],
  [
    'two equalities, any order',
    'served',
    shape({ equal: ['a', 'b'], orderBy: [['c', UP]] }),
    composite([
      ['b', UP],
      ['a', UP],
      ['c', UP],
    ]),
  ],
  [
    'two equalities, two indexes of the same order',
    'served',
    shape({ equal: ['a', 'b'], orderBy: [['c', UP]] }),
    both(
      composite([
        ['a', UP],
        ['c', UP],
      ]),
      composite([
        ['b', UP],
        ['c', UP],
      ]),
    ),
  ],
  [
    'two equalities, one of the indexes sorts otherwise',
    'missing',
    shape({ equal: ['a', 'b'], orderBy: [['c', UP]] }),
    both(
      composite([
        ['a', UP],
        ['c', UP],
      ]),
      composite([
        ['b', UP],
        ['c', DOWN],
      ]),
    ),
  ],
  [
    'the path breaks ties as the index says',
    'served',
    shape({
      equal: ['a'],
      orderBy: [
        ['b', UP],
        ['__name__', UP],
      ],
    }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'the path breaks ties against the index',
    'missing',
    shape({
      equal: ['a'],
      orderBy: [
        ['b', UP],
        ['__name__', DOWN],
      ],
    }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],

  [
    'a group by an index of collections',
    'missing',
    shape({ ...GROUP, equal: ['a'], range: ['b'] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],
  [
    'a collection by an index of the group',
    'missing',
    shape({ equal: ['a'], range: ['b'] }),
    composite(
      [
        ['a', UP],
        ['b', UP],
      ],
      'COLLECTION_GROUP',
    ),
  ],
  [
    'a group by its own index',
    'served',
    shape({ ...GROUP, equal: ['a'], range: ['b'] }),
    composite(
      [
        ['a', UP],
        ['b', UP],
      ],
      'COLLECTION_GROUP',
    ),
  ],
  [
    'another collection',
    'missing',
    shape({ collection: 'stats', equal: ['a'], range: ['b'] }),
    composite([
      ['a', UP],
      ['b', UP],
    ]),
  ],

  ['an exempted field', 'missing', shape({ equal: ['a'] }), override('a')],
  ['an exempted order', 'missing', shape({ orderBy: [['a', UP]] }), override('a')],
  ['a field of an exempted map', 'missing', shape({ equal: ['a.b.c'] }), override('a')],
  ['a map whose field is exempted', 'served', shape({ equal: ['a'] }), override('a.b')],
  ['a field of an exempted collection', 'missing', shape({ equal: ['a'] }), override('*')],
  ['a merge that lacks one half', 'missing', shape({ equal: ['a', 'b'] }), override('b')],
  ['another collection than the exempted', 'served', shape({ collection: 'stats', equal: ['a'] }), override('*')],
  [
    'an exempted field in a composite index',
    'served',
    shape({ equal: ['a'], range: ['b'] }),
    both(
      override('*'),
      composite([
        ['a', UP],
        ['b', UP],
      ]),
    ),
  ],
  ['an order that the exemption leaves', 'served', shape({ orderBy: [['a', DOWN]] }), override('a', { order: DOWN })],
  ['an order that the exemption takes', 'missing', shape({ orderBy: [['a', UP]] }), override('a', { order: DOWN })],
  ['an array index', 'missing', shape({ equal: ['a'] }), override('a', { arrayConfig: 'CONTAINS' })],
  [
    'a field kept where the rest is exempted',
    'served',
    shape({ equal: ['a'] }),
    both(override('*'), override('a', { order: UP })),
  ],
  [
    'a group by a field that is indexed for it',
    'served',
    shape({ ...GROUP, equal: ['a'] }),
    override('a', { order: UP, queryScope: 'COLLECTION_GROUP' }),
  ],
  [
    'a collection by a field that is indexed for groups alone',
    'missing',
    shape({ equal: ['a'] }),
    override('a', { order: UP, queryScope: 'COLLECTION_GROUP' }),
  ],
]

it.each(CASES)('%s: %s', (_, expected, query, config) => {
  const problem = missingIndex(query, config)
  expect(problem === null ? 'served' : 'missing').toBe(expected)
})

it('names the index to add', () => {
  expect(missingIndex(shape({ ...GROUP, equal: ['exportShard'], range: ['dueAt'] }), NONE)).toBe(
    'no index of "images" (COLLECTION_GROUP) serves COLLECTION_GROUP images where [dueAt <>, exportShard ==] order by []: add [exportShard ASCENDING, dueAt ASCENDING]',
  )
})
