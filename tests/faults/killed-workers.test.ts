import { report } from '../../demo/report.ts'
import { seed } from '../../demo/seed.ts'
import { ALL_PARTS, startStack, type Stack } from '../../stack/stack.ts'

const log = (line: string) => process.env['DARKROOM_VERBOSE'] && process.stderr.write(`${line}\n`)

describe('killing the functions emulator’s workers in mid-run', () => {
  let stack: Stack
  beforeAll(async () => {
    // Images come by the web alone, sent as the page would.
    stack = await startStack({ parts: ALL_PARTS.filter((part) => part !== 'hosting' && part !== 'kafka'), log })
  }, 120_000)
  afterAll(async () => stack?.stop(), 60_000)

  it('ends with equal numbers: records, counters and both BigQuery tables', async () => {
    let uploading = true
    let killed = 0
    const killer = (async () => {
      while (uploading) {
        for (const pid of stack.functionWorkerPids()) {
          try {
            process.kill(pid, 'SIGKILL')
            killed++
          } catch {
            // It has ended by itself in the meantime.
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 3000))
      }
    })()
    // What a killed worker leaves is taken up by its lease's end: waiting for it here would only make the killing longer.
    const seeded = await seed(stack, { imagesDir: null, log, settleSeconds: 3 })
    uploading = false
    await killer
    expect(killed).toBeGreaterThan(0)
    expect(await report(stack, seeded, { log })).toMatchObject({
      ok: true,
      mismatches: [],
      uploaded: seeded.uploaded.length,
    })
  }, 300_000)
})
