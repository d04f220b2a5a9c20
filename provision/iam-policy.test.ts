import fc from 'fast-check'
import { excessIn, missingIn, withGrants, type Grant, type Policy } from './iam-policy.ts'

const condition = fc.constantFrom(
  undefined,
  { title: 'one', expression: 'resource.name == "a"' },
  { title: 'other', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
)
const role = fc.constantFrom('roles/a', 'roles/b', 'roles/c')
const member = fc.constantFrom(
  'user:x@example.com',
  'serviceAccount:y@p.iam.gserviceaccount.com',
  'group:z@example.com',
)
const binding = fc
  .record({ role, members: fc.uniqueArray(member), condition })
  .map(({ condition: given, ...rest }) => ({ ...rest, ...(given && { condition: given }) }))
const policy: fc.Arbitrary<Policy & { readonly auditConfigs: readonly object[] }> = fc.record({
  version: fc.constantFrom(1, 3),
  etag: fc.string(),
  bindings: fc.array(binding),
  auditConfigs: fc.constant([{ service: 'allServices' }]),
})
const grant = fc
  .record({ role, member, condition })
  .map(({ condition: given, ...rest }): Grant => ({ ...rest, ...(given && { condition: given }) }))

/** Every single thing that a policy says. */
const facts = ({ bindings = [] }: Policy) =>
  bindings.flatMap(({ role: of, members = [], condition: when }) =>
    members.map((who) => `${of} ${who} ${when?.expression ?? ''} ${when?.title ?? ''}`),
  )

describe('a policy with more grants', () => {
  it('says all that it has said before, of everybody, with the same etag and audit settings', () => {
    fc.assert(
      fc.property(policy, fc.array(grant), (before, grants) => {
        const after = withGrants(before, grants)
        expect(facts(after)).toEqual(expect.arrayContaining(facts(before)))
        expect(after).toMatchObject({ etag: before.etag, auditConfigs: before.auditConfigs })
      }),
    )
  })

  it('lacks none of them, and gets nothing twice', () => {
    fc.assert(
      fc.property(policy, fc.array(grant), (before, grants) => {
        const after = withGrants(before, grants)
        expect(missingIn(after, grants)).toEqual([])
        expect(withGrants(after, grants)).toEqual(after)
        expect(facts(after).length - facts(before).length).toBeLessThanOrEqual(grants.length)
      }),
    )
  })

  it('has version 3 as soon as there is a condition in it, or Google would drop it', () => {
    fc.assert(
      fc.property(policy, fc.array(grant), (before, grants) => {
        const { bindings, version } = withGrants(before, grants)
        if (bindings?.some(({ condition: when }) => when !== undefined) === true) expect(version).toBe(3)
      }),
    )
  })
})

it('what is given under a condition is not there without it, and what is given without holds under any', () => {
  const when = { title: 't', expression: 'x' }
  const given = { role: 'roles/a', members: ['user:x@example.com'] }
  const asked = { role: 'roles/a', member: 'user:x@example.com' }
  expect(missingIn({ bindings: [{ ...given, condition: when }] }, [asked])).toEqual([asked])
  expect(missingIn({ bindings: [given] }, [{ ...asked, condition: when }])).toEqual([])
})

it('too much is what a member has beyond its grants, another’s is not looked at', () => {
  const bindings = [
    { role: 'roles/a', members: ['user:x@example.com', 'user:other@example.com'] },
    { role: 'roles/editor', members: ['user:x@example.com', 'user:other@example.com'] },
  ]
  expect(excessIn({ bindings }, ['user:x@example.com'], [{ role: 'roles/a', member: 'user:x@example.com' }])).toEqual([
    { role: 'roles/editor', member: 'user:x@example.com' },
  ])
})
