import type { CustomerCalls, ImagesRequest } from '../../../functions/src/contract/customer.ts'
import { MAX_IMAGES_PER_CALL } from '../../../functions/src/contract/customer.ts'
import type { Call } from '../backend.ts'
import { actOn, callProblemOf } from './calls.ts'

type Answer = CustomerCalls['customerImages'][1]

function setUp(answer: (request: ImagesRequest, call: number) => Answer | Promise<Answer>) {
  const requests: ImagesRequest[] = []
  const call = (async (_: string, request: ImagesRequest) => {
    requests.push(request)
    return await answer(request, requests.length)
  }) as unknown as Call
  const controller = new AbortController()
  const progress: number[] = []
  return {
    call,
    requests,
    controller,
    progress,
    options: { signal: controller.signal, onProgress: (images: number) => void progress.push(images) },
  }
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => `id ${i}`)
const all = ({ imageIds }: ImagesRequest): Answer => ({ done: imageIds, refused: {} })
const failing = (code: string, message = code) => Object.assign(new Error(message), { code })

it.each([
  [0, []],
  [1, [1]],
  [100, [100]],
  [101, [100, 1]],
  [250, [100, 100, 50]],
])('asks for %i images in calls of at most as many as one may name', async (count, sizes) => {
  const { call, requests, options, progress } = setUp(all)
  const outcome = await actOn(call, 'delete', ids(count), options)
  expect(requests.map(({ imageIds }) => imageIds.length)).toEqual(sizes)
  expect(requests.every(({ action, imageIds }) => action === 'delete' && imageIds.length <= MAX_IMAGES_PER_CALL)).toBe(
    true,
  )
  expect(outcome).toEqual({ done: ids(count), refused: {}, problem: null, unasked: 0 })
  expect(progress.at(-1) ?? 0).toBe(count)
})

it('names each once', async () => {
  const { call, requests, options } = setUp(all)
  await actOn(call, 'retry', ['a', 'b', 'a'], options)
  expect(requests.map(({ imageIds }) => imageIds)).toEqual([['a', 'b']])
})

it('counts those that were left, by their reasons, over all calls', async () => {
  const { call, options } = setUp(({ imageIds: [first, second, ...others] }) => ({
    done: others,
    refused: { [first ?? '']: 'busy', ...(second !== undefined && { [second]: 'raw-expired' as const }) },
  }))
  const { done, refused } = await actOn(call, 'retry', ids(201), options)
  expect([done.length, refused]).toEqual([196, { busy: 3, 'raw-expired': 2 }])
})

it('stops at the first call that fails, and keeps what was done', async () => {
  const { call, requests, options } = setUp((request, count) => {
    if (count === 2) throw failing('functions/internal')
    return all(request)
  })
  const outcome = await actOn(call, 'delete', ids(350), options)
  expect(requests).toHaveLength(2)
  expect(outcome).toEqual({ done: ids(100), refused: {}, problem: { code: 'unreachable' }, unasked: 250 })
})

it('asks for no more once it is called off', async () => {
  const { call, requests, options, controller } = setUp((request) => {
    controller.abort()
    return all(request)
  })
  const outcome = await actOn(call, 'restore', ids(350), options)
  expect(requests).toHaveLength(1)
  expect(outcome).toEqual({ done: ids(100), refused: {}, problem: null, unasked: 250 })
})

it.each([
  [failing('functions/unauthenticated'), { code: 'signed-out' }],
  [failing('functions/permission-denied', 'No.'), { code: 'denied' }],
  [failing('functions/resource-exhausted', 'RESOURCE_EXHAUSTED'), { code: 'too-many' }],
  [
    failing('functions/resource-exhausted', 'There are 20 links.'),
    { code: 'refused', sentence: 'There are 20 links.' },
  ],
  [failing('functions/failed-precondition', 'It was deleted.'), { code: 'refused', sentence: 'It was deleted.' }],
  [failing('functions/failed-precondition'), { code: 'unreachable' }],
  [failing('functions/internal', 'an inner detail'), { code: 'unreachable' }],
  [failing('functions/unavailable'), { code: 'unreachable' }],
  [new TypeError('Failed to fetch'), { code: 'unreachable' }],
  [null, { code: 'unreachable' }],
])('takes %p for %j', (error, problem) => {
  expect(callProblemOf(error)).toEqual(problem)
})
