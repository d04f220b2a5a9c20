import { discoveryFolder } from '../../stack/discovery.ts'
import type { Call } from '../resource.ts'
import { Discovery } from './discovery.ts'
import { FAKES } from './fakes.ts'
import { GoogleDouble } from './google.ts'
import { emptyProject } from './run.ts'
import { maskPatch, mergePatch } from './world.ts'

const BUCKETS = 'https://storage.googleapis.com/storage/v1/b'
const DATABASE = 'https://firestore.googleapis.com/v1/projects/p/databases/(default)'
const SERVICES = 'https://serviceusage.googleapis.com/v1/projects/p/services'

let discovery: Discovery
beforeAll(async () => {
  discovery = new Discovery(await discoveryFolder())
})

describe('a request', () => {
  it('is found by its verb and address, and taken apart', () => {
    const query = { names: ['a', 'b'] }
    expect(discovery.request({ method: 'GET', url: `${SERVICES}:batchGet`, query })).toMatchObject({
      id: 'serviceusage.services.batchGet',
      service: 'serviceusage.googleapis.com',
      params: { parent: 'projects/p' },
      repeated: { names: ['a', 'b'] },
    })
    expect(discovery.request({ method: 'GET', url: DATABASE }).params).toEqual({
      name: 'projects/p/databases/(default)',
    })
    expect(discovery.request({ method: 'GET', url: `${BUCKETS}/a%2Fb/o` }).params).toEqual({ bucket: 'a/b' })
  })

  const good = { name: 'images', location: 'EU' }
  const create = (body: unknown, query: Call['query'] = { project: 'p' }): Call => ({
    method: 'POST',
    url: BUCKETS,
    query,
    body,
  })
  const patch = (body: unknown, query: Call['query'] = {}): Call => ({
    method: 'PATCH',
    url: `${BUCKETS}/images`,
    query,
    body,
  })
  const database = (body: unknown, updateMask: string): Call => ({
    method: 'PATCH',
    url: DATABASE,
    query: { updateMask },
    body,
  })

  it.each<readonly [string, Call]>([
    ['a new bucket', create(good)],
    ['a patch that removes a field', patch({ retentionPolicy: null })],
    ['what is undefined, since it is not sent', create({ ...good, labels: undefined })],
    ['labels of any name', create({ ...good, labels: { anything: 'x' } })],
    ['a whole number in quotes', patch({ softDeletePolicy: { retentionDurationSeconds: '0' } })],
    [
      'a question without a body',
      {
        method: 'POST',
        url: 'https://iam.googleapis.com/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com:getIamPolicy',
      },
    ],
    [
      'a mask of fields within fields',
      database({ cmekConfig: { kmsKeyName: 'k' } }, 'cmekConfig.kmsKeyName,delete_protection_state'),
    ],
  ])('passes: %s', (_what, call) => {
    expect(() => discovery.request(call)).not.toThrow()
  })

  it.each<readonly [string, Call, string]>([
    [
      'no such address',
      { method: 'GET', url: 'https://storage.googleapis.com/v2/b' },
      "none of storage.googleapis.com's methods has this address",
    ],
    ['no such verb there', { method: 'PUT', url: BUCKETS }, "none of storage.googleapis.com's methods"],
    [
      'no such service',
      { method: 'GET', url: 'https://images.googleapis.com/v1/x' },
      'there is no description of images.googleapis.com',
    ],
    [
      'somebody else’s host',
      { method: 'GET', url: 'https://storage.example.com/storage/v1/b' },
      'there is no description of',
    ],
    ['a query within the address', { method: 'GET', url: `${BUCKETS}?project=p` }, 'the query belongs into `query`'],
    ['a parameter that is not known', patch({}, { force: 'true' }), 'unknown parameter force'],
    ['a parameter that is missing', create(good, {}), 'the parameter project is missing'],
    [
      'a parameter of another type',
      patch({}, { ifMetagenerationMatch: 'latest' }),
      'ifMetagenerationMatch is "latest": expected a whole number',
    ],
    [
      'a parameter that is none of its values',
      patch({}, { projection: 'some' }),
      'projection is "some": expected full or noAcl',
    ],
    [
      'a parameter given twice',
      patch({}, { projection: ['full', 'noAcl'] }),
      'the parameter projection is not repeated',
    ],
    ['a field that is not known', patch({ retention: {} }), 'retention is no field that Google knows'],
    ['a field within that is not known', patch({ retentionPolicy: { days: '7' } }), 'retentionPolicy.days is no field'],
    [
      'a field of an item that is not known',
      patch({ lifecycle: { rule: [{ when: 1 }] } }),
      'lifecycle.rule[0].when is no field',
    ],
    [
      'no truth value',
      patch({ versioning: { enabled: 'yes' } }),
      'versioning.enabled is "yes": expected true or false',
    ],
    [
      'a number without quotes',
      patch({ retentionPolicy: { retentionPeriod: 604_800 } }),
      'retentionPeriod is 604800: expected a whole number in quotes',
    ],
    [
      'a part of a number',
      patch({ lifecycle: { rule: [{ condition: { age: 1.5 } }] } }),
      'age is 1.5: expected a whole number',
    ],
    ['no list', patch({ cors: {} }), 'cors is {}: expected a list'],
    ['no object', patch({ lifecycle: [] }), 'lifecycle is []: expected an object'],
    [
      'no date',
      patch({ lifecycle: { rule: [{ condition: { createdBefore: 'today' } }] } }),
      'createdBefore is "today": expected a date',
    ],
    [
      'none of the values',
      database({ deleteProtectionState: 'ON' }, 'deleteProtectionState'),
      'deleteProtectionState is "ON": expected',
    ],
    ['what Google alone sets', database({ uid: 'x' }, 'deleteProtectionState'), 'uid is set by Google alone'],
    [
      'what Cloud Storage alone sets',
      patch({ retentionPolicy: { isLocked: true } }),
      'retentionPolicy.isLocked is set by Google alone',
    ],
    ['a field that is missing', create({ location: 'EU' }), 'name is missing'],
    ['a body that is missing', create(undefined), 'the body is missing: expected a Bucket'],
    [
      'a body where there is none',
      { method: 'POST', url: `${BUCKETS}/b/lockRetentionPolicy`, query: { ifMetagenerationMatch: '1' }, body: {} },
      'it takes no body',
    ],
    ['a field emptied by null', create({ ...good, labels: null }), 'labels is null'],
    [
      'a mask of a field that is not known',
      database({}, 'pointInTimeRecovery'),
      'the mask names pointInTimeRecovery, which is no field',
    ],
    ['a mask of what Google sets', database({}, 'updateTime'), 'the mask names updateTime, which only Google sets'],
    [
      'no duration',
      { method: 'POST', url: `${DATABASE}/backupSchedules`, body: { retention: '7 days' } },
      'retention is "7 days": expected a google-duration',
    ],
  ])('is refused: %s', (_what, call, sentence) => {
    expect(() => discovery.request(call)).toThrow(sentence)
  })

  it('says all that is wrong at once', () => {
    const wrong = create({ name: 1, x: 1, etag: 'x' }, { force: 'true' })
    expect(() => discovery.request(wrong)).toThrow(
      /force[\s\S]*project is missing[\s\S]*name is 1[\s\S]*x is no field[\s\S]*etag is set/,
    )
  })
})

describe('the double', () => {
  it('fakes only methods that there are', () => {
    for (const id of Object.keys(FAKES)) expect([id, discovery.has(id)]).toEqual([id, true])
  })

  it('answers what nobody has faked by naming it', async () => {
    const double = await emptyProject()
    const url = `${BUCKETS}/b/notificationConfigs`
    double.world.services.set('storage.googleapis.com', 0)
    await expect(double.call({ method: 'GET', url })).rejects.toThrow(
      'the double has no fake for storage.notifications.list',
    )
  })

  it('gives no answer that Google could not give', async () => {
    const fake = { 'storage.buckets.get': () => ({ name: 'b', age: 7 }) }
    const double = new GoogleDouble(await discoveryFolder(), 'p', fake)
    double.world.services.set('storage.googleapis.com', 0)
    await expect(double.call({ method: 'GET', url: `${BUCKETS}/b` })).rejects.toThrow(
      'age is no field that Google knows',
    )
  })

  it('refuses what may not write, and takes a question by POST for what it is', async () => {
    const fake = {
      'iam.projects.serviceAccounts.getIamPolicy': () => ({}),
      'iam.projects.serviceAccounts.setIamPolicy': () => ({}),
    }
    const double = new GoogleDouble(await discoveryFolder(), 'p', fake)
    double.world.services.set('iam.googleapis.com', 0)
    double.readOnly = true
    const url = 'https://iam.googleapis.com/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com'
    await double.call({ method: 'POST', url: `${url}:getIamPolicy` })
    await expect(double.call({ method: 'POST', url: `${url}:setIamPolicy`, body: { policy: {} } })).rejects.toThrow(
      'would write, and nothing may',
    )
  })

  it('refuses an API that is not enabled, and for a while one that has just been', async () => {
    const double = await emptyProject()
    const ask = () => double.call({ method: 'GET', url: `${BUCKETS}/b` })
    await expect(ask()).rejects.toMatchObject({ status: 403, reason: 'SERVICE_DISABLED' })
    const body = { serviceIds: ['storage.googleapis.com'] }
    const url = `https://serviceusage.googleapis.com/v1/projects/${double.world.projectId}/services:batchEnable`
    await double.call({ method: 'POST', url, body })
    await expect(ask()).rejects.toMatchObject({ reason: 'SERVICE_DISABLED' })
    await double.pause(15_000)
    await expect(ask()).rejects.toMatchObject({ status: 404 })
  })
})

it('a merge patch replaces, goes into objects, and removes by null', () => {
  expect(mergePatch({ a: { b: 1, c: 2 }, d: [1, 2], e: 1 }, { a: { b: 3 }, d: [4], e: null })).toEqual({
    a: { b: 3, c: 2 },
    d: [4],
  })
})

it('a masked patch changes what the mask names, and removes what the body has not', () => {
  expect(maskPatch({ a: { b: 1, c: 2 }, d: 3, e: 4 }, { a: { b: 9 }, d: 9 }, 'a.b,e')).toEqual({
    a: { b: 9, c: 2 },
    d: 3,
  })
})
