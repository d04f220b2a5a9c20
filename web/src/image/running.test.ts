import { begin, running } from './running.ts'

it('tells of what is under way until it ends, and lets it be called off', () => {
  const seen: string[] = []
  const stop = running.subscribe(() =>
    seen.push(
      running
        .all()
        .map(({ done, total }) => `${done}/${total}`)
        .join(' '),
    ),
  )
  const of = { customerId: 'ada', kind: 'download', total: 2, totalBytes: 20 } as const
  const [first, second] = [begin(of), begin({ ...of, total: 3 })]
  first.progress(1, 10)
  running.all()[0]?.cancel()
  expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false])
  first.end()
  second.end()
  stop()
  second.progress(3)
  expect(seen).toEqual(['0/2', '0/2 0/3', '1/2 0/3', '0/3', ''])
  expect(running.all()).toEqual([])
})
