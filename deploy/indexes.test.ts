import { indexesBuilt } from './indexes.ts'
import type { Call } from '../provision/resource.ts'

/** Answers with one state of the indexes after the other, the last for ever. */
function firestore(...answers: readonly (readonly string[])[]) {
  const said: string[] = []
  const calls: Call[] = []
  let now = 0
  const api = {
    async call<T>(call: Call): Promise<T> {
      calls.push(call)
      const states = answers[Math.min(calls.length, answers.length) - 1] ?? []
      return { indexes: states.map((state, i) => ({ name: `indexes/${i}`, state })) } as T
    },
    pause: async (milliseconds: number) => void (now += milliseconds),
  }
  const waiting = {
    clock: () => now,
    say: (line: string) => void said.push(line),
  }
  return { said, calls, wait: () => indexesBuilt(api, 'p1', waiting) }
}

it('waits until every index is there, and says how many are not', async () => {
  const { wait, said, calls } = firestore(
    ['CREATING', 'CREATING'],
    ['READY', 'CREATING'],
    ['READY', 'CREATING'],
    ['READY', 'READY'],
  )
  await wait()
  expect(calls).toHaveLength(4)
  expect(calls[0]?.url).toBe(
    'https://firestore.googleapis.com/v1/projects/p1/databases/(default)/collectionGroups/-/indexes',
  )
  expect(said).toEqual([
    'waiting for 2 indexes of Firestore to be built',
    'waiting for 1 index of Firestore to be built',
  ])
})

it('fails over an index that can’t be built, naming it', async () => {
  await expect(firestore(['READY', 'NEEDS_REPAIR']).wait()).rejects.toThrow('could not build indexes/1')
})

it('goes on after half an hour, and says what fails until then', async () => {
  const { wait, said } = firestore(['CREATING'])
  await wait()
  expect(said.at(-1)).toContain('1 of Firestore')
})
