import { type Arbitrary, array, assert, constantFrom, property } from 'fast-check'
import { isBusy, type Queue, type QueueEvent, reduce, toStart, type Upload } from './queue.ts'

const upload = (uploadId: string, state: Upload['state'] = { kind: 'queued' }): Upload => ({
  uploadId,
  fileName: `${uploadId}.png`,
  bytes: 100,
  state,
})
const after = (events: readonly QueueEvent[], queue: Queue = []) => events.reduce(reduce, queue)
const stateOf = (queue: Queue, id: string) => queue.find(({ uploadId }) => uploadId === id)?.state
const idsOf = (uploads: readonly Upload[]) => uploads.map(({ uploadId }) => uploadId)
const arrivedAt = new Date('2026-05-04T10:20:30Z')

it('takes a file from its choice to its arrival', () => {
  const chosen = after([{ kind: 'chosen', upload: upload('a') }])
  const sending = after(
    [
      { kind: 'started', uploadId: 'a' },
      { kind: 'progressed', uploadId: 'a', sentBytes: 40 },
    ],
    chosen,
  )
  expect(stateOf(sending, 'a')).toEqual({ kind: 'sending', sentBytes: 40 })
  const done = after([{ kind: 'uploaded', uploadId: 'a', arrivedAt }], sending)
  expect(stateOf(done, 'a')).toEqual({ kind: 'uploaded', arrivedAt })
  expect([isBusy(chosen), isBusy(sending), isBusy(done)]).toEqual([true, true, false])
})

it('sends at most three at a time, those chosen first', () => {
  const queue = ['a', 'b', 'c', 'd', 'e'].map((id) => upload(id))
  expect(idsOf(toStart(queue))).toEqual(['a', 'b', 'c'])
  const started = after(
    toStart(queue).map(({ uploadId }) => ({ kind: 'started', uploadId })),
    queue,
  )
  expect(toStart(started)).toEqual([])
  const freed = after([{ kind: 'failed', uploadId: 'b', reason: 'Lost.', again: true }], started)
  expect(idsOf(toStart(freed))).toEqual(['d'])
})

it('never sends what was refused', () => {
  const refused = [upload('a', { kind: 'refused', reason: 'It is text.' })]
  expect(toStart(refused)).toEqual([])
  expect(after([{ kind: 'started', uploadId: 'a' }], refused)).toBe(refused)
  expect(after([{ kind: 'retried', uploadId: 'a' }], refused)).toBe(refused)
})

it('tries again under the same upload id, where that may help', () => {
  const failed = (again: boolean) => [upload('a', { kind: 'failed', reason: 'Lost.', again })]
  expect(after([{ kind: 'retried', uploadId: 'a' }], failed(true))).toEqual([upload('a')])
  expect(stateOf(after([{ kind: 'retried', uploadId: 'a' }], failed(false)), 'a')).toMatchObject({ kind: 'failed' })
})

it('shows no more bytes sent than the file has', () => {
  const sending = after(
    [{ kind: 'progressed', uploadId: 'a', sentBytes: 140 }],
    [upload('a', { kind: 'sending', sentBytes: 0 })],
  )
  expect(stateOf(sending, 'a')).toEqual({ kind: 'sending', sentBytes: 100 })
})

it('whatever order events come in: no id twice, what is uploaded stays so, what is removed never comes back', () => {
  const ids = constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const change: Arbitrary<QueueEvent> = ids.chain((uploadId) =>
    constantFrom<QueueEvent>(
      { kind: 'started', uploadId },
      { kind: 'progressed', uploadId, sentBytes: 50 },
      { kind: 'uploaded', uploadId, arrivedAt },
      { kind: 'failed', uploadId, reason: 'Lost.', again: true },
      { kind: 'retried', uploadId },
      { kind: 'removed', uploadId },
    ),
  )
  assert(
    property(array(change, { maxLength: 60 }), (events) => {
      let queue: Queue = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => upload(id))
      const uploaded = new Set<string>()
      const removed = new Set<string>()
      for (const event of events) {
        queue = reduce(queue, event)
        if (event.kind === 'removed') removed.add(event.uploadId)
        for (const { uploadId, state } of queue) if (state.kind === 'uploaded') uploaded.add(uploadId)
        const left = queue.map(({ uploadId }) => uploadId)
        expect(new Set(left).size).toBe(left.length)
        expect(left.filter((id) => removed.has(id))).toEqual([])
        expect(queue.filter(({ uploadId, state }) => uploaded.has(uploadId) && state.kind !== 'uploaded')).toEqual([])
      }
    }),
  )
})
