import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { demoImages } from '../../demo/images.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

const run = promisify(execFile)

describe('npm start -- --once --json', () => {
  let beside: Stack
  let folder: string

  beforeAll(async () => {
    // Another stack runs already, as a user's own may.
    beside = await startStack({ parts: ['auth', 'bigquery'], log: () => {} })
    folder = mkdtempSync(join(tmpdir(), 'darkroom-'))
    const images = await demoImages()
    for (const { name, bytes } of images.slice(0, 5)) writeFileSync(join(folder, name), bytes)
    writeFileSync(join(folder, 'notes.jpg'), 'not an image')
  }, 120_000)
  afterAll(async () => {
    await beside?.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  it('takes a folder of the user’s the whole way, beside another stack, and every figure agrees', async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      [join(ROOT, 'stack/main.ts'), '--once', '--json', '--images', folder],
      { maxBuffer: 1 << 26 },
    )
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      ok: true,
      refused: 1,
      uploaded: 5,
      // Beside the user's files the second application has sent its own.
      kafka: { produced: 9, landed: 7, deadLettered: 1, lag: 0 },
      processed: 12,
      failed: 0,
      firestore: { images: 12, counted: 12, rolledUp: 12 },
      bigquery: { images: 12, counted: 12 },
      mismatches: [],
    })
    expect(stderr).toMatch(/refused: notes\.jpg: /)
  }, 300_000)
})
