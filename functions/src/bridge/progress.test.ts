import fc from 'fast-check'
import { Progress } from './progress.ts'

/** Offsets that rise, with gaps, and for each record whether and when it ends. */
const histories = fc
  .tuple(
    fc.nat({ max: 1e9 }),
    fc.array(
      fc.record({
        gap: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 1000 })),
        endsAfter: fc.option(fc.nat({ max: 40 })),
      }),
      {
        maxLength: 40,
      },
    ),
  )
  .map(([first, records]) => {
    let offset = first
    return records.map(({ gap, endsAfter }) => ({ offset: (offset += gap), endsAfter }))
  })

/** One past the last of those at the beginning that are all done; null where the first is not. Straight from what is promised. */
function expected(begun: readonly number[], done: ReadonlySet<number>): number | null {
  const open = begun.findIndex((offset) => !done.has(offset))
  const last = begun[(open === -1 ? begun.length : open) - 1]
  return last === undefined ? null : last + 1
}

it('lets exactly what is done from the beginning on be committed, in whatever order records come and end', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const progress = new Progress()
      const begun: number[] = []
      const done = new Set<number>()
      const end = (offset: number) => {
        progress.end(offset)
        done.add(offset)
      }
      for (const [now, { offset }] of history.entries()) {
        progress.begin(offset)
        begun.push(offset)
        expect(progress.last).toBe(offset)
        for (const [began, each] of history.slice(0, now + 1).entries()) {
          if (each.endsAfter !== null && began + each.endsAfter === now) end(each.offset)
          expect(progress.committable).toBe(expected(begun, done))
        }
      }
      // The rest, the last first.
      for (const offset of begun.toReversed()) {
        end(offset)
        expect(progress.committable).toBe(expected(begun, done))
      }
    }),
  )
})

it('allows nothing while nothing was taken on, and nothing that was not', () => {
  const progress = new Progress()
  expect([progress.committable, progress.last]).toEqual([null, null])
  progress.end(7)
  expect(progress.committable).toBeNull()
  progress.begin(7)
  expect([progress.committable, progress.last]).toEqual([null, 7])
  progress.end(7)
  progress.end(7)
  progress.end(8)
  expect([progress.committable, progress.last]).toEqual([8, 7])
})
