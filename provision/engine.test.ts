import { apply, onlyReading, plan, withoutRemoval, type Outcome } from './engine.ts'
import { ApiError, Obstacle, type Call, type Difference, type GoogleApi, type Resource } from './resource.ts'

class Clock implements GoogleApi {
  paused = 0
  readonly calls: Call[] = []
  call<T>(call: Call): Promise<T> {
    this.calls.push(call)
    return Promise.resolve({} as T)
  }
  pause(milliseconds: number): Promise<void> {
    this.paused += milliseconds
    return Promise.resolve()
  }
}

/** A resource that is as it should be once `work` has not thrown. */
function resource(name: string, work: () => void | Promise<void> = () => {}, needs: readonly string[] = []): Resource {
  let isDone = false
  return {
    name,
    needs,
    differs: () =>
      Promise.resolve<Difference | null>(
        isDone
          ? null
          : {
              kind: 'create',
              changes: [{ field: 'x', from: undefined, to: 1 }],
              async apply() {
                await work()
                isDone = true
              },
            },
      ),
  }
}
const fails = (name: string, error: Error, needs: readonly string[] = []) =>
  resource(name, () => Promise.reject(error), needs)

async function run(resources: readonly Resource[], api = new Clock()) {
  const outcomes = await apply(api, await plan(api, resources))
  return outcomes.map(({ resource: { name }, result, problem }) => [name, result, problem])
}

describe('a run', () => {
  it('goes on with all that does not need what has failed', async () => {
    const outcomes = await run([
      fails('a', new Obstacle('move it')),
      resource('b', () => {}, ['a']),
      resource('c'),
      resource('d', () => {}, ['b', 'c']),
      resource('e', () => {}, ['c']),
    ])
    expect(outcomes).toEqual([
      ['a', 'failed', 'move it'],
      ['b', 'left out', 'it needs a'],
      ['c', 'created', null],
      ['d', 'left out', 'it needs b'],
      ['e', 'created', null],
    ])
  })

  it('says of what can’t even be read that it can’t, and leaves out what needs it', async () => {
    const unreadable: Resource = {
      name: 'a',
      differs: () => Promise.reject(new ApiError(403, 'forbidden', 'no access')),
    }
    expect(await run([unreadable, resource('b', () => {}, ['a'])])).toEqual([
      [
        'a',
        'failed',
        expect.stringMatching(/^Google refuses \(403 forbidden\): no access\. Whoever runs this needs a role/),
      ],
      ['b', 'left out', 'it needs a'],
    ])
  })

  it.each([409, 412, 503, 0])(
    'reads again and goes on after %i, which another run or a lost answer leaves',
    async (status) => {
      const clock = new Clock()
      let tries = 0
      const busy = resource('a', () => {
        if ((tries += 1) < 4) throw new ApiError(status, 'busy', 'busy')
      })
      expect(await run([busy], clock)).toEqual([['a', 'created', null]])
      expect([tries, clock.paused]).toEqual([4, 1000 + 2000 + 4000])
    },
  )

  it('does not try for ever', async () => {
    let tries = 0
    const never = resource('a', () => {
      tries += 1
      throw new ApiError(412, 'conditionNotMet', 'changed')
    })
    expect(await run([never])).toEqual([['a', 'failed', 'Google refuses (412 conditionNotMet): changed']])
    expect(tries).toBe(6)
  })

  it('tries nothing again that Google has refused for good', async () => {
    let tries = 0
    const refused = resource('a', () => {
      tries += 1
      throw new ApiError(400, 'invalid', 'no such field')
    })
    expect(await run([refused])).toEqual([['a', 'failed', 'Google refuses (400 invalid): no such field']])
    expect(tries).toBe(1)
  })

  it('waits for an API that was just enabled, but not for ever', async () => {
    const clock = new Clock()
    const disabled = new ApiError(403, 'SERVICE_DISABLED', 'enable it')
    const late = resource('a', () => {
      if (clock.paused < 20_000) throw disabled
    })
    expect(await run([late], clock)).toEqual([['a', 'created', null]])
    expect(await run([fails('b', disabled)])).toEqual([
      ['b', 'failed', 'Google refuses (403 SERVICE_DISABLED): enable it'],
    ])
  })

  it('finds that another run has done it meanwhile', async () => {
    const shared = resource('a')
    const api = new Clock()
    const planned = await plan(api, [shared])
    await apply(api, await plan(api, [shared]))
    expect((await apply(api, planned)).map(({ result }) => result)).toEqual(['same'])
  })

  it('ends by a defect of ours as such', async () => {
    await expect(run([fails('a', new TypeError('x is undefined'))])).rejects.toThrow(TypeError)
  })

  it('tells of each resource that was not as it should be, once it is done', async () => {
    const api = new Clock()
    const said: Outcome[] = []
    const first = resource('a')
    await run([first], api)
    await apply(api, await plan(api, [first, resource('b')]), (outcome) => said.push(outcome))
    expect(said.map(({ resource: { name }, result }) => [name, result])).toEqual([['b', 'created']])
  })
})

describe('the engine', () => {
  const url = 'https://storage.googleapis.com/storage/v1/b/images'

  it.each([
    [{ method: 'DELETE', url } as unknown as Call],
    [
      {
        method: 'POST',
        url: 'https://secretmanager.googleapis.com/v1/projects/p/secrets/s/versions/1:destroy',
      } as const,
    ],
    [
      {
        method: 'POST',
        url: 'https://secretmanager.googleapis.com/v1/projects/p/secrets/s/versions/1:disable',
      } as const,
    ],
    [{ method: 'POST', url: 'https://serviceusage.googleapis.com/v1/projects/p/services/s:disable' } as const],
    [
      {
        method: 'POST',
        url: 'https://firebasestorage.googleapis.com/v1beta/projects/p/buckets/b:removeFirebase',
      } as const,
    ],
    [
      {
        method: 'POST',
        url: 'https://firestore.googleapis.com/v1/projects/p/databases/d:bulkDeleteDocuments',
      } as const,
    ],
  ])('can’t remove anything: %j', async (call) => {
    const api = new Clock()
    await expect(withoutRemoval(api).call(call)).rejects.toThrow('would remove something')
    const tries: Resource = {
      name: 'a',
      differs: (google) =>
        Promise.resolve({ kind: 'update', changes: [{ field: 'x', from: 1, to: 2 }], apply: () => google.call(call) }),
    }
    await expect(run([tries], api)).rejects.toThrow('would remove something')
    expect(api.calls).toEqual([])
  })

  it('reads a plan without being able to write', async () => {
    const api = new Clock()
    const hasty: Resource = { name: 'a', differs: async (google) => google.call({ method: 'PATCH', url, body: {} }) }
    await expect(plan(api, [hasty])).rejects.toThrow('would change something while all is only read')
    await expect(onlyReading(api).call({ method: 'POST', url: `${url}:setIamPolicy` })).rejects.toThrow('would change')
    await onlyReading(api).call({ method: 'POST', url: `${url}:getIamPolicy` })
    expect(api.calls).toHaveLength(1)
  })
})
