import { UsageError } from '../admin/command.ts'
import type { Wish } from './command.ts'
import { emptyProject, PROCESSED, provision, provisionedProject } from './testing/run.ts'

const key = `storage.googleapis.com/b/${PROCESSED}`
const LOCK = 'storage.buckets.lockRetentionPolicy'

describe('the command line', () => {
  it.each<readonly [Partial<Wish>, string]>([
    [{ projectId: '' }, 'name it by --project'],
    [{ dryRun: true, verify: true }, '--dry-run and --verify exclude each other'],
    [{ dryRun: true, lockRetention: true, confirmLock: PROCESSED }, '--lock-retention changes something'],
    [{ verify: true, lockRetention: true, confirmLock: PROCESSED }, '--lock-retention changes something'],
    [{ confirmLock: PROCESSED }, '--confirm-lock belongs to --lock-retention'],
    [{ lockRetention: true }, 'nobody is there to type it: name it by --confirm-lock'],
  ])('%j is refused before anything is asked of Google', async (wish, sentence) => {
    const double = await emptyProject()
    await expect(provision(double, wish)).rejects.toThrow(sentence)
    await expect(provision(double, wish)).rejects.toThrow(UsageError)
    expect(double.sent).toEqual([])
  })

  it('names every setting that is wrong, before anything is asked of Google', async () => {
    const double = await emptyProject()
    await expect(provision(double, {}, { RETENTION_DAYS: '6', WEB_ORIGINS: 'example' })).rejects.toThrow(
      /RETENTION_DAYS is "6"[\s\S]*WEB_ORIGINS has "example"/,
    )
    expect(double.sent).toEqual([])
  })

  it('says what to look at where the project can’t be read', async () => {
    const double = await emptyProject()
    await expect(provision(double, { projectId: 'no-such-project' })).rejects.toThrow(
      /the project no-such-project can't be read \(404 .*gcloud auth application-default login/,
    )
  })
})

describe('as JSON', () => {
  const json = async (...args: Parameters<typeof provision>) => {
    const ran = await provision(...args)
    return { code: ran.code, ...(JSON.parse(ran.out) as Record<string, unknown>) }
  }

  it('a run is one line', async () => {
    const double = await emptyProject()
    expect(await json(double, { json: true, dryRun: true })).toMatchObject({
      code: 0,
      ok: true,
      resources: expect.arrayContaining([
        {
          name: `retention policy of ${PROCESSED}`,
          result: 'differs',
          kind: 'create',
          changes: [{ field: 'retentionPolicy.retentionPeriod', to: '604800' }],
        },
      ]),
    })
    expect(await json(double, { json: true })).toMatchObject({ code: 0, ok: true })
    expect(await json(double, { json: true, verify: true })).toMatchObject({
      ok: true,
      retention: [
        { problems: [] },
        { bucket: PROCESSED, problems: [], lines: [expect.any(String), expect.any(String)] },
      ],
    })
  })

  it('a failure says which resource', async () => {
    const double = await emptyProject()
    double.world.takenBuckets.add(PROCESSED)
    expect(await json(double, { json: true })).toMatchObject({
      code: 1,
      ok: false,
      resources: expect.arrayContaining([
        expect.objectContaining({ name: `bucket ${PROCESSED}`, problem: expect.stringContaining("can't be read") }),
        expect.objectContaining({ name: `lifecycle of ${PROCESSED}`, result: 'left out' }),
      ]),
    })
  })
})

describe('locking the retention policy', () => {
  const isLocked = ({ world }: Awaited<ReturnType<typeof emptyProject>>) =>
    (world.get(key)['retentionPolicy'] as { isLocked?: boolean }).isLocked === true

  it('is never done without being asked for', async () => {
    const double = await emptyProject()
    await provision(double)
    await provision(double)
    expect(double.sent.filter(({ id }) => id === LOCK)).toEqual([])
  })

  it('says what it means, and needs the bucket’s name typed', async () => {
    const double = await provisionedProject()
    const asked: string[] = []
    const { code, said } = await provision(double, { lockRetention: true }, {}, (question) => {
      asked.push(question)
      return Promise.resolve(` ${PROCESSED} \n`)
    })
    expect(asked).toHaveLength(1)
    expect(said).toContain(`Locking the retention policy of ${PROCESSED} can never be undone`)
    expect(said).toContain('nobody will be able to delete or overwrite a result before it is 7 days old')
    expect([code, isLocked(double)]).toEqual([0, true])
    expect((await provision(double, { verify: true })).out).toContain('(locked for ever)')
  })

  it.each(['', 'yes', 'darkroom-test-raw'])('is not done where %j is typed', async (typed) => {
    const double = await provisionedProject()
    const { code, said } = await provision(double, { lockRetention: true }, {}, () => Promise.resolve(typed))
    expect(said).toContain(`not locked: expected ${PROCESSED}`)
    expect([code, isLocked(double)]).toEqual([1, false])
  })

  it('can be confirmed where nobody sits, by the same name', async () => {
    const double = await provisionedProject()
    expect((await provision(double, { lockRetention: true, confirmLock: 'another' })).code).toBe(1)
    expect(isLocked(double)).toBe(false)
    expect((await provision(double, { lockRetention: true, confirmLock: PROCESSED })).code).toBe(0)
    expect(isLocked(double)).toBe(true)
  })

  it('is done once', async () => {
    const double = await provisionedProject()
    const wish = { lockRetention: true, confirmLock: PROCESSED }
    await provision(double, wish)
    double.readOnly = true
    const { code, said } = await provision(double, wish)
    expect([code, said]).toEqual([0, expect.stringContaining('is locked already, at 604800 s')])
  })

  it('is refused while something is not as it should be', async () => {
    const double = await provisionedProject()
    const bucket = double.world.get(key)
    double.world.resources.set(key, { ...bucket, retentionPolicy: { retentionPeriod: '2592000' } })
    const { code, said } = await provision(double, { lockRetention: true, confirmLock: PROCESSED })
    expect(said).toContain('nothing is locked before everything is as it should be')
    expect([code, isLocked(double)]).toEqual([1, false])
  })

  it('locks just what was shown: a bucket that changes meanwhile stays as it is', async () => {
    const double = await provisionedProject()
    double.before = ({ id }) => {
      const bucket = double.world.get(key)
      if (id === LOCK) double.world.resources.set(key, { ...bucket, metageneration: '77' })
    }
    await expect(provision(double, { lockRetention: true, confirmLock: PROCESSED })).rejects.toMatchObject({
      status: 412,
    })
    expect(isLocked(double)).toBe(false)
  })
})
