import { document, failures, names, shares } from './admin-queries.ts'

it('asks for failures by the moments at which their days begin and end', () => {
  const { where = [] } = failures({ from: '2026-03-29', to: '2026-03-29', limit: 1 }, 'Europe/Berlin')
  expect(where.slice(2)).toEqual([
    ['receivedAt', '>=', new Date('2026-03-28T23:00:00Z')],
    ['receivedAt', '<', new Date('2026-03-29T22:00:00Z')],
  ])
})

it('asks for a customer’s failures in its own collection', () => {
  expect(failures({ customerId: 'ada', limit: 1 }, 'UTC')).toMatchObject({ collection: 'customers/ada/images' })
  expect(failures({ customerId: 'ada', limit: 1 }, 'UTC')).not.toHaveProperty('group')
  expect(failures({ limit: 1 }, 'UTC')).toMatchObject({ collection: 'images', group: true })
})

it('asks for a document by its collection', () => {
  expect(document('customers/ada/months/2026-11')).toEqual({
    collection: 'customers/ada/months',
    where: [['__name__', '==', '2026-11']],
  })
})

it('asks for many documents in as many questions as it takes, and for none in none', () => {
  const sizes = (questions: ReturnType<typeof names>) =>
    questions.map(({ where = [] }) => (where[0]?.[2] as readonly string[] | undefined)?.length)
  expect(sizes(names(Array.from({ length: 61 }, (_, i) => `c${i}`)))).toEqual([30, 30, 1])
  expect(names([])).toEqual([])
  expect(shares(['2026-10', '2026-11-01'])[0]?.where?.[0]?.[2]).toEqual(
    [0, 1, 2, 3].map((chunk) => `2026-10~${chunk}`).concat([0, 1, 2, 3].map((chunk) => `2026-11-01~${chunk}`)),
  )
})
