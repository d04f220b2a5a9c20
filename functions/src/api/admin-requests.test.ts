import type { AdminCall } from '../contract/admin.ts'
import { KEPT, REQUESTS } from './admin-requests.ts'

const OPERATION = '2026-11-24T12:00:00.000Z~0123abcd'
const IMAGE = { customerId: 'acme', imageId: 'a'.repeat(40) }
const check = (name: AdminCall, data: unknown) => REQUESTS[name](data, 'request')

describe('is taken as it is:', () => {
  it.each<[AdminCall, unknown]>([
    ['adminSettings', { action: 'quota', customerId: 'acme', quota: { dailyImages: 0 } }],
    ['adminSettings', { action: 'quota', customerId: 'acme', quota: { dailyImages: null } }],
    ['adminSettings', { action: 'quota', customerId: 'acme', quota: null }],
    ['adminSettings', { action: 'formats', customerId: 'acme', formats: ['jpeg', 'svg'] }],
    ['adminSettings', { action: 'formats', customerId: 'acme', formats: null }],
    ['adminSettings', { action: 'profiles', customerId: 'acme', profiles: { choose: [{ profile: 'standard' }] } }],
    ['adminSettings', { action: 'profiles', customerId: 'acme', profiles: null }],
    ['adminSettings', { action: 'pause', reason: 'a loop' }],
    ['adminSettings', { action: 'resume' }],
    ['adminReplay', { images: [IMAGE, IMAGE], start: true, operation: OPERATION }],
    ['adminReplay', { images: [], start: false, operation: OPERATION, after: 'customers/acme/images/a' }],
    ['adminReplay', { images: {}, start: true, operation: OPERATION }],
    [
      'adminReplay',
      {
        images: { customerId: 'acme', reason: 'corrupt', source: 'kafka', from: '2026-01-31', to: '2026-02-28' },
        start: true,
        operation: OPERATION,
      },
    ],
    ['adminLetters', { action: 'list', filter: {}, limit: 500 }],
    [
      'adminLetters',
      {
        action: 'replay',
        filter: { reason: 'not-ours', customer: 'A/B', from: '2026-01-31', at: { partition: 0, offset: 12 } },
        start: true,
        operation: OPERATION,
      },
    ],
    ['adminExport', { operation: OPERATION }],
    ['adminHealth', { action: 'count', from: '2026-01-31', to: '2026-01-31', operation: OPERATION }],
    ['adminHealth', { action: 'retention' }],
  ])('%s %j', (name, data) => {
    expect(check(name, data)).toEqual(data)
  })
})

it('takes null in an optional field as absent: so the web’s SDK sends undefined', () => {
  const request = { images: { customerId: null, reason: 'corrupt' }, start: false, operation: OPERATION, after: null }
  expect(check('adminReplay', request)).toEqual({ images: { reason: 'corrupt' }, start: false, operation: OPERATION })
})

describe('is refused, with what was expected:', () => {
  const filter = (images: unknown) => ({ images, start: false, operation: OPERATION })
  const quota = (more: object) => ({ action: 'quota', customerId: 'acme', quota: null, ...more })
  it.each<[AdminCall, unknown, string]>([
    ['adminExport', undefined, 'request: expected an object, got nothing'],
    ['adminExport', null, 'request: expected an object, got null'],
    ['adminExport', [OPERATION], 'request: expected an object, got ["2026'],
    ['adminExport', {}, 'request.operation: expected an operation’s name'],
    ['adminExport', { operation: '2026-11-24' }, 'request.operation: expected an operation’s name'],
    ['adminExport', { operation: `${OPERATION}/x` }, 'request.operation: expected'],
    ['adminExport', { operation: OPERATION, force: true }, 'there is no field "force": expected operation'],
    ['adminExport', JSON.parse(`{"operation":"${OPERATION}","__proto__":{}}`), 'there is no field "__proto__"'],
    ['adminExport', { operation: OPERATION, [`x${'y'.repeat(10_000)}`]: 1 }, 'there is no field "xyyy'],
    ['adminSettings', {}, 'request.action: expected quota or formats or profiles or pause or resume, got nothing'],
    ['adminSettings', { action: 'toString' }, 'request.action: expected quota'],
    ['adminSettings', { action: ['resume'] }, 'request.action: expected quota'],
    ['adminSettings', { action: 'resume', reason: 'x' }, 'there is no field "reason"'],
    ['adminSettings', { action: 'pause', reason: '' }, 'request.reason: expected 1 to 500 characters, got ""'],
    ['adminSettings', { action: 'pause', reason: 'x'.repeat(501) }, 'request.reason: expected 1 to 500 characters'],
    ['adminSettings', { action: 'pause', reason: '\ud800' }, 'request.reason: expected 1 to 500 characters'],
    ['adminSettings', quota({ customerId: '../admins/x' }), 'request.customerId: expected a customer’s id'],
    ['adminSettings', quota({ customerId: 'web' }), 'request.customerId: expected a customer’s id'],
    ['adminSettings', quota({ quota: undefined }), 'request.quota: expected a value or null, got nothing'],
    ['adminSettings', quota({ quota: 5 }), 'request.quota: expected an object, got 5'],
    ['adminSettings', quota({ quota: {} }), 'request.quota.dailyImages: expected a value or null'],
    ['adminSettings', quota({ quota: { dailyImages: -1 } }), 'dailyImages: expected a whole number from 0'],
    ['adminSettings', quota({ quota: { dailyImages: 1.5 } }), 'dailyImages: expected a whole number from 0'],
    ['adminSettings', quota({ quota: { dailyImages: '5' } }), 'dailyImages: expected a whole number from 0'],
    [
      'adminSettings',
      { action: 'formats', customerId: 'acme', formats: ['pdf'] },
      'request.formats[0]: expected "jpeg" or',
    ],
    ['adminSettings', { action: 'formats', customerId: 'acme', formats: 'jpeg' }, 'request.formats: expected a list'],
    ['adminSettings', { action: 'profiles', customerId: 'acme' }, 'request.profiles: expected profiles, or null'],
    [
      'adminSettings',
      { action: 'profiles', customerId: 'acme', profiles: 'x'.repeat(70_000) },
      'request.profiles: expected at most 65536 characters of JSON, got 70002',
    ],
    ['adminReplay', { images: {}, start: 'yes', operation: OPERATION }, 'request.start: expected true or false'],
    ['adminReplay', filter(null), 'request.images: expected an object, got null'],
    [
      'adminReplay',
      filter(Array.from({ length: 1001 }, () => IMAGE)),
      'request.images: expected at most 1000 entries, got 1001',
    ],
    ['adminReplay', filter([IMAGE, { ...IMAGE, imageId: 'A' }]), 'request.images[1].imageId: expected an image’s id'],
    ['adminReplay', filter({ reason: 'processed' }), 'request.images.reason: expected "empty" or'],
    ['adminReplay', filter({ source: 'ftp' }), 'request.images.source: expected "web" or "kafka", got "ftp"'],
    ['adminReplay', filter({ from: '2026-02-31' }), 'request.images.from: expected a day as YYYY-MM-DD'],
    ['adminReplay', filter({ to: '2026-2-1' }), 'request.images.to: expected a day as YYYY-MM-DD'],
    ['adminReplay', { ...filter({}), after: 'x'.repeat(2001) }, 'request.after: expected 1 to 2000 characters'],
    [
      'adminLetters',
      { action: 'list', filter: {}, limit: 501 },
      'request.limit: expected a whole number from 1 to 500',
    ],
    [
      'adminLetters',
      { action: 'list', filter: { at: { partition: 0 } }, limit: 1 },
      'request.filter.at.offset: expected',
    ],
    [
      'adminHealth',
      { action: 'count', from: '', to: '2026-01-01', operation: OPERATION },
      'request.from: expected a day',
    ],
  ])('%s %j', (name, data, message) => {
    let refusal: unknown = null
    try {
      check(name, data)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(RangeError)
    expect((refusal as Error).message).toContain(message)
    // Whatever was sent, it is no longer than a page can show.
    expect((refusal as Error).message.length).toBeLessThan(400)
  })
})

describe('of what changes something', () => {
  it('is kept what it was asked, without what is the entry’s name', () => {
    expect(KEPT.adminReplay({ images: [IMAGE], start: true, operation: OPERATION })).toEqual({
      operation: OPERATION,
      arguments: [`images=[{"customerId":"acme","imageId":"${IMAGE.imageId}"}]`],
    })
    expect(KEPT.adminSettings({ action: 'quota', customerId: 'acme', quota: null })).toEqual({
      arguments: ['action=quota', 'customerId=acme', 'quota=null'],
    })
    expect(KEPT.adminLetters({ action: 'replay', filter: { reason: 'x' }, start: true, operation: OPERATION })).toEqual(
      {
        operation: OPERATION,
        arguments: ['action=replay', 'reason=x'],
      },
    )
    expect(KEPT.adminExport({ operation: OPERATION })).toEqual({ operation: OPERATION, arguments: [] })
  })

  it('is kept no more than people read', () => {
    const images = Array.from({ length: 1000 }, () => IMAGE)
    expect(KEPT.adminReplay({ images, start: true, operation: OPERATION })?.arguments).toEqual([
      'images=(75001 characters)',
    ])
  })
})
