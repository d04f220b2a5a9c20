import { exportAll } from '../../admin/export.ts'
import type { ExportReport } from '../../functions/src/export/run.ts'

const report = (runId: string, outcome: ExportReport['outcome'], images = 0): ExportReport => ({
  runId,
  outcome,
  pages: outcome === 'busy' ? 0 : 1,
  rows: outcome === 'busy' ? {} : { images, customers: 1 },
  watermark: null,
  lagSeconds: outcome === 'busy' ? null : 2,
  filling: [],
})

/** Gives these reports, one to each round. */
function rounds(reports: readonly ExportReport[]) {
  const asked: boolean[] = []
  let waits = 0
  return {
    once: async ({ again }: { readonly again: boolean }) => {
      asked.push(again)
      const next = reports[asked.length - 1]
      if (next === undefined) throw new Error('there is no round more')
      return next
    },
    wait: async () => void waits++,
    asked,
    waits: () => waits,
  }
}

describe('npm run admin -- export', () => {
  it('goes on until nothing is left, and adds up what was moved', async () => {
    const { once, wait, asked } = rounds([report('a', 'out-of-time', 5), report('b', 'complete', 7)])
    expect(await exportAll(once, { again: false, wait })).toEqual({
      runs: ['a', 'b'],
      outcome: 'complete',
      pages: 2,
      rows: { images: 12, customers: 2 },
      watermark: null,
      lagSeconds: 2,
    })
    expect(asked).toEqual([false, false])
  })

  it('does nothing, and says so, where another export is at work', async () => {
    const { once, wait, waits } = rounds([report('a', 'busy')])
    expect(await exportAll(once, { again: true, wait })).toMatchObject({
      runs: [],
      outcome: 'busy',
      pages: 0,
      rows: {},
    })
    expect(waits()).toBe(0)
  })

  it('waits for an export that comes in between, and starts from the beginning once only', async () => {
    const all = [report('a', 'out-of-time', 1), report('b', 'busy'), report('c', 'busy'), report('d', 'complete', 2)]
    const { once, wait, asked, waits } = rounds(all)
    expect(await exportAll(once, { again: true, wait })).toMatchObject({ runs: ['a', 'd'], rows: { images: 3 } })
    expect(asked).toEqual([true, false, false, false])
    expect(waits()).toBe(2)
  })

  it('fails as a round does', async () => {
    const { once, wait } = rounds([report('a', 'out-of-time')])
    await expect(exportAll(once, { again: false, wait })).rejects.toThrow('there is no round more')
  })
})
