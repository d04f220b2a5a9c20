import type { Listener, OnProblem } from '../admin/backend.ts'
import { limitsOf, pauseOf, recountedOf, sumShares, together } from './admin-values.ts'

it('adds up what customers have in several parts', () => {
  const sums = sumShares(['{"ada":[1,0,10,5],"bo":[2,1,20,0]}', '{"ada":[3,2,30,7]}', '{}'])
  expect([...sums]).toEqual([
    ['ada', [4, 2, 40, 12]],
    ['bo', [2, 1, 20, 0]],
  ])
})

it('takes a switch that was set by hand, and not whole', () => {
  const since = new Date(0)
  expect(pauseOf({ paused: true, reason: 'upgrade', by: 'ada', since })).toEqual({
    reason: 'upgrade',
    by: 'ada',
    since,
  })
  expect(pauseOf({ paused: true, reason: 7 })).toEqual({ reason: '', by: '', since: null })
  expect([pauseOf({ paused: 'true' }), pauseOf({ paused: false }), pauseOf(null)]).toEqual([null, null, null])
})

it('tells a limit that is not there from one that there is none', () => {
  const at = new Date(0)
  expect(limitsOf(null, null, null)).toMatchObject({ quota: null, formats: null, profiles: null, changed: null })
  expect(limitsOf({ dailyImages: null, formats: [] }, { updatedBy: 'ada', updatedAt: at }, null)).toMatchObject({
    quota: { dailyImages: null },
    formats: [],
    changed: { by: 'ada', at },
  })
  expect(limitsOf({ dailyImages: 0 }, null, { content: '{}', updatedBy: 'bo', updatedAt: at })).toMatchObject({
    quota: { dailyImages: 0 },
    profiles: '{}',
    profilesChanged: { by: 'bo', at },
  })
})

it('knows no recount before the first has ended', () => {
  expect([recountedOf(null), recountedOf({ recordDays: 400 })]).toEqual([null, null])
  expect(recountedOf({ days: 1, finishedAt: new Date(0) })).toMatchObject({ days: 1 })
})

describe('several that are watched as one', () => {
  const watched = () => {
    const ends: number[] = []
    const tell: { listener: Listener<string>; onProblem: OnProblem }[] = []
    const watch = (place: number) => (listener: Listener<string>, onProblem: OnProblem) => {
      tell[place] = { listener, onProblem }
      return () => void ends.push(place)
    }
    const [values, problems]: [unknown[], string[]] = [[], []]
    const stop = together<[string, string], string>(
      [watch(0), watch(1)],
      (a, b) => a + b,
      (value, current) => values.push([value, current]),
      (code) => problems.push(code),
    )
    return { tell, values, problems, ends, stop }
  }

  it('have a value once each has one, and are current where all are', () => {
    const { tell, values } = watched()
    tell[1]?.listener('b', true)
    expect(values).toEqual([])
    tell[0]?.listener('a', false)
    tell[0]?.listener('A', true)
    expect(values).toEqual([
      ['ab', false],
      ['Ab', true],
    ])
  })

  it('end together', () => {
    const { tell, problems, ends } = watched()
    tell[1]?.onProblem('permission-denied')
    expect([problems, ends]).toEqual([['permission-denied'], [0, 1]])
  })
})
