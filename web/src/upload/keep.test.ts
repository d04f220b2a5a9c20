import 'fake-indexeddb/auto'
import { settled } from '../uppy-firebase-storage/fakes.ts'
import { FakeTabs } from './fake-tabs.ts'
import { type Keep, type KeepEvents, type KeptContent, openKeep } from './keep.ts'

const AT = new Date('2026-05-04T10:20:30Z')
let customers = 0

const upload = (uploadId: string, order = 0): KeptContent => ({
  uploadId,
  fileName: `${uploadId}.png`,
  folder: null,
  format: 'png',
  contentType: 'image/png',
  objectName: `web/birch/${uploadId}/${uploadId}.png`,
  bytes: uploadId.length,
  originalBytes: null,
  reduce: false,
  order,
  content: new Blob([uploadId]),
})

function setUp() {
  const tabs = new FakeTabs()
  const customerId = `birch${++customers}`
  const keeps: Keep[] = []
  const visit = async (customer = customerId) => {
    const browser = tabs.open()
    const told = {
      taken: [] as string[],
      contents: [] as string[],
      elsewhere: [] as string[],
      arrived: [] as unknown[],
      gone: [] as string[],
      cancel: [] as string[],
    }
    const events: KeepEvents = {
      taken: (uploads) => {
        told.taken.push(...uploads.map(({ uploadId }) => uploadId))
        for (const { content } of uploads) void content.text().then((text) => told.contents.push(text))
      },
      elsewhere: (uploads) => told.elsewhere.push(...uploads.map(({ uploadId }) => uploadId)),
      arrived: (uploadId, arrivedAt) => told.arrived.push([uploadId, arrivedAt]),
      gone: (uploadIds) => told.gone.push(...uploadIds),
      cancel: (uploadIds) => told.cancel.push(...uploadIds),
    }
    const keep = await openKeep(customer, browser, events)
    keeps.push(keep)
    await settled()
    return { keep, told, die: () => browser.die() }
  }
  return { tabs, visit }
}

it('gives the next visit what was not sent, with its content and in its order', async () => {
  const { visit } = setUp()
  const first = await visit()
  expect(await first.keep.put([upload('b', 2), upload('a', 1)])).toBe(true)
  await first.keep.put([upload('0', 3)])
  await first.keep.arrived('a', AT)
  first.keep.close()
  await settled()
  const second = await visit()
  expect(second.told.taken).toEqual(['b', '0'])
  expect(second.told.contents).toEqual(['b', '0'])
})

it('forgets what was removed', async () => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a'), upload('b')])
  await first.keep.forget(['a'])
  first.die()
  expect((await visit()).told.taken).toEqual(['b'])
})

it('replaces the content of what is made smaller', async () => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a')])
  await first.keep.put([{ ...upload('a'), content: new Blob(['small']) }])
  first.die()
  expect((await visit()).told.contents).toEqual(['small'])
})

it('shows another tab’s uploads and never gives them to two', async () => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a')])
  const second = await visit()
  expect(second.told).toMatchObject({ taken: [], elsewhere: ['a'] })
  await first.keep.put([upload('b')])
  await settled()
  expect(second.told).toMatchObject({ taken: [], elsewhere: ['a', 'b'] })
})

it.each(['dies', 'is closed'])('gives what a tab had to one other when it %s', async (how) => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a'), upload('b')])
  const [second, third] = [await visit(), await visit()]
  if (how === 'dies') first.die()
  else first.keep.close()
  await settled()
  expect([...second.told.taken, ...third.told.taken].toSorted()).toEqual(['a', 'b'])
  expect(Math.min(second.told.taken.length, third.told.taken.length)).toBe(0)
  const [heir, other] = second.told.taken.length > 0 ? [second, third] : [third, second]
  heir.die()
  await settled()
  expect(other.told.taken.toSorted()).toEqual(['a', 'b'])
})

it('waits for a tab that was opened later', async () => {
  const { visit } = setUp()
  const first = await visit()
  const second = await visit()
  await second.keep.put([upload('a')])
  await settled()
  second.die()
  await settled()
  expect(first.told).toMatchObject({ elsewhere: ['a'], taken: ['a'] })
})

it('tells other tabs what has arrived and what was removed', async () => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a'), upload('b')])
  const second = await visit()
  await first.keep.arrived('a', AT)
  await first.keep.forget(['b'])
  await settled()
  expect(second.told).toMatchObject({ arrived: [['a', AT]], gone: ['b'] })
})

it('has the owner cancel what is removed in another tab', async () => {
  const { visit } = setUp()
  const first = await visit()
  await first.keep.put([upload('a')])
  const second = await visit()
  await second.keep.forget(['a'])
  await settled()
  expect(first.told.cancel).toEqual(['a'])
  first.die()
  await settled()
  expect(second.told.taken).toEqual([])
})

it('never shows one customer another’s', async () => {
  const { visit } = setUp()
  const first = await visit('birch')
  await first.keep.put([upload('a')])
  const second = await visit('cedar')
  await second.keep.put([upload('b')])
  first.keep.close()
  second.keep.close()
  await settled()
  expect(second.told).toMatchObject({ taken: [], elsewhere: [], arrived: [] })
  expect((await visit('cedar')).told.taken).toEqual(['b'])
  expect((await visit('birch')).told.taken).toEqual(['a'])
})

describe('a browser without room', () => {
  afterEach(() => jest.restoreAllMocks())

  it('keeps nothing until something has gone, and says so', async () => {
    const { visit } = setUp()
    const { keep } = await visit()
    await keep.put([upload('a')])
    const put = jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    expect(await keep.put([upload('b')])).toBe(false)
    expect(await keep.put([upload('c')])).toBe(false)
    expect(put).toHaveBeenCalledTimes(1)
    put.mockRestore()
    await keep.arrived('a', AT)
    expect(await keep.put([upload('d')])).toBe(true)
  })

  it('rejects where there is no storage at all', async () => {
    const { visit } = setUp()
    jest.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('private', 'SecurityError')
    })
    await expect(visit()).rejects.toThrow('private')
  })
})

it('lets go of all its locks when it is closed', async () => {
  const { tabs, visit } = setUp()
  const [first, second] = [await visit(), await visit()]
  await first.keep.put([upload('a')])
  await settled()
  expect(tabs.asked).toBe(3)
  second.keep.close()
  await settled()
  expect(tabs.asked).toBe(1)
  first.keep.close()
  await settled()
  expect(tabs.asked).toBe(0)
  expect(await first.keep.put([upload('b')])).toBe(false)
})
