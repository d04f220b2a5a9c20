import { horizon, proveRetention, type BucketTimes, type LifecycleRule } from './retention.ts'

const DAY = 86_400
const NOW = Date.parse('2026-11-25T12:00:00Z')
const remove = (condition: Readonly<Record<string, unknown>>): LifecycleRule => ({
  action: { type: 'Delete' },
  condition,
})
const GOOD: BucketTimes = {
  lifecycle: { rule: [remove({ age: 7 })] },
  retentionPolicy: { retentionPeriod: String(7 * DAY) },
  softDeletePolicy: { retentionDurationSeconds: '0' },
}
const without = (name: keyof BucketTimes): BucketTimes => ({ ...GOOD, [name]: undefined })
const rules = (...rule: readonly LifecycleRule[]): BucketTimes => ({ ...GOOD, lifecycle: { rule } })
/** So that lifecycle alone decides. */
const unheld = (...rule: readonly LifecycleRule[]): BucketTimes => ({ lifecycle: { rule } })

describe('when an object goes', () => {
  it.each<readonly [string, BucketTimes, number, number | null, number | null]>([
    // held for, earliest by lifecycle, latest: all in days
    ['policy and age agree', GOOD, 7, 7, 8],
    ['a bucket as it comes', {}, 0, null, null],
    ['age alone', unheld(remove({ age: 7 })), 0, 7, 8],
    ['two ages: the shorter', unheld(remove({ age: 7 }), remove({ age: 3 })), 0, 3, 4],
    ['a shorter age waits for the policy', rules(remove({ age: 7 }), remove({ age: 3 })), 7, 7, 8],
    ['a policy longer than the age', { ...GOOD, retentionPolicy: { retentionPeriod: String(30 * DAY) } }, 30, 30, 31],
    ['an age longer than the policy', rules(remove({ age: 30 })), 7, 30, 31],
    [
      'another action deletes nothing',
      unheld({ action: { type: 'SetStorageClass', storageClass: 'COLDLINE' }, condition: { age: 1 } }),
      0,
      null,
      null,
    ],
    [
      'abandoned uploads are no objects',
      unheld({ action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } }),
      0,
      null,
      null,
    ],
    ['a custom time may lie in the past', unheld(remove({ age: 7 }), remove({ daysSinceCustomTime: 3 })), 0, 0, 8],
    ['a date of the custom time, too', unheld(remove({ age: 7 }), remove({ customTimeBefore: '2026-01-01' })), 0, 0, 8],
    ['a custom time and an age: both', unheld(remove({ daysSinceCustomTime: 0, age: 5 })), 0, 5, null],
    [
      'created before a day to come: at once',
      unheld(remove({ age: 7 }), remove({ createdBefore: '2027-01-01' })),
      0,
      0,
      8,
    ],
    [
      'created before yesterday: a day old',
      unheld(remove({ age: 7 }), remove({ createdBefore: '2026-11-24T12:00:00Z' })),
      0,
      1,
      8,
    ],
    [
      'created before last year: older than that',
      unheld(remove({ createdBefore: '2025-11-25T12:00:00Z' })),
      0,
      365,
      null,
    ],
    [
      'some names only: sooner for some',
      unheld(remove({ age: 7 }), remove({ age: 2, matchesPrefix: ['acme/'] })),
      0,
      2,
      8,
    ],
    ['some names only: others stay', unheld(remove({ age: 7, matchesPrefix: ['acme/'] })), 0, 7, null],
    ['some ends of names only', unheld(remove({ age: 7, matchesSuffix: ['.webp'] })), 0, 7, null],
    ['some sizes only', unheld(remove({ age: 7, sizeAboveBytes: '1' })), 0, 7, null],
    ['one class only', unheld(remove({ age: 7, matchesStorageClass: ['STANDARD'] })), 0, 7, null],
    ['live versions, where there are no others', unheld(remove({ age: 7, isLive: true })), 0, 7, 8],
    ['older versions, where there are none', unheld(remove({ isLive: false })), 0, null, null],
    ['newer versions, where there are none', unheld(remove({ numNewerVersions: 1 })), 0, null, null],
    ['days since it was replaced, where nothing is', unheld(remove({ daysSinceNoncurrentTime: 1 })), 0, null, null],
    [
      'older versions, where there are some',
      { ...unheld(remove({ isLive: false })), versioning: { enabled: true } },
      0,
      0,
      null,
    ],
    [
      'live versions only, where there are others',
      { ...unheld(remove({ age: 7, isLive: true })), versioning: { enabled: true } },
      0,
      7,
      null,
    ],
    ['any version', { ...unheld(remove({ age: 7 })), versioning: { enabled: true } }, 0, 7, 9],
    ['new objects are on hold', { ...GOOD, defaultEventBasedHold: true }, 7, 7, null],
    ['a condition that is not known yet', unheld(remove({ age: 7, phaseOfTheMoon: 'full' })), 0, 7, null],
    ['only a condition that is not known yet', unheld(remove({ phaseOfTheMoon: 'full' })), 0, 0, null],
    ['age 0', unheld(remove({ age: 0 })), 0, 0, 1],
    ['a rule without a condition', unheld({ action: { type: 'Delete' } }), 0, 0, null],
  ])('%s', (_what, bucket, held, earliest, latest) => {
    const found = horizon(bucket, NOW)
    const days = (moment: { readonly seconds: number } | null) => (moment === null ? null : moment.seconds / DAY)
    expect([days(found.held), days(found.earliest), days(found.latest)]).toEqual([held, earliest, latest])
  })
})

describe('the proof', () => {
  const result = { what: 'a result', days: 7, held: true }
  const raw = { what: 'a raw image', days: 14, held: false }

  it('is plain words', () => {
    expect(proveRetention(GOOD, result, NOW)).toEqual({
      problems: [],
      lines: [
        "a result can't be deleted or overwritten before 7 days: retention policy 604800 s (not locked: who may change the bucket can still take the policy away)",
        'it goes by itself after 7 to 8 days: lifecycle age 7',
      ],
    })
  })

  it('says that a policy is locked', () => {
    const bucket = { ...GOOD, retentionPolicy: { retentionPeriod: String(7 * DAY), isLocked: true } }
    expect(proveRetention(bucket, result, NOW).lines[0]).toContain('(locked for ever)')
  })

  it('asks nothing of a raw bucket but that lifecycle leaves it its days', () => {
    const { lines, problems } = proveRetention(unheld(remove({ age: 14 })), raw, NOW)
    expect(problems).toEqual([])
    expect(lines).toEqual([
      'a raw image can be deleted at any time by whoever may: no retention policy',
      'it goes by itself after 14 to 15 days: lifecycle age 14',
    ])
  })

  it.each<readonly [string, BucketTimes, readonly string[]]>([
    [
      'no policy',
      without('retentionPolicy'),
      ['a result can be deleted or overwritten after 0 days, no retention policy: expected 7 days'],
    ],
    [
      'a policy that is a second too short',
      { ...GOOD, retentionPolicy: { retentionPeriod: String(7 * DAY - 1) } },
      ['a result can be deleted or overwritten after 7.00 days, retention policy 604799 s: expected 7 days'],
    ],
    [
      'no lifecycle',
      without('lifecycle'),
      ['a result may stay for ever: no lifecycle rule deletes each object at an age'],
    ],
    [
      'an extra rule with a shorter age, and no policy',
      unheld(remove({ age: 7 }), remove({ age: 3 })),
      [
        'a result can be deleted or overwritten after 0 days, no retention policy: expected 7 days',
        'a result may be deleted by itself after 3 days, lifecycle rule {"age":3}: expected 7 days',
      ],
    ],
    [
      'soft delete',
      { ...GOOD, softDeletePolicy: { retentionDurationSeconds: String(7 * DAY) } },
      ['soft delete is on: a result stays, and is paid for, 7 days longer'],
    ],
    [
      'versioning',
      { ...GOOD, versioning: { enabled: true } },
      ['object versioning is on: what is overwritten or deleted stays as an older version'],
    ],
    [
      'a hold',
      { ...GOOD, defaultEventBasedHold: true },
      ['a result may stay for ever: new objects are put on hold (defaultEventBasedHold)'],
    ],
  ])('fails with %s', (_what, bucket, problems) => {
    expect(proveRetention(bucket, result, NOW).problems).toEqual(problems)
  })

  it('fails where lifecycle takes raw images sooner than RAW_DAYS', () => {
    expect(proveRetention(unheld(remove({ age: 13 })), raw, NOW).problems).toEqual([
      'a raw image may be deleted by itself after 13 days, lifecycle rule {"age":13}: expected 14 days',
    ])
  })
})
