import { callerOf } from './task-queue.ts'

describe('Cloud Tasks calls redrive', () => {
  it('as the function that has handed the image on', () => {
    expect(callerOf({ GCLOUD_PROJECT: 'p', K_SERVICE: 'processimage' })).toBeNull()
  })

  it('as redrive itself where a person has, whose credentials name no account', () => {
    expect(callerOf({ GCLOUD_PROJECT: 'p' })).toEqual({
      projectId: 'p',
      serviceAccountId: 'darkroom-redrive@p.iam.gserviceaccount.com',
    })
  })

  it.each([{ CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9499' }, { FUNCTIONS_EMULATOR: 'true' }])(
    'as anybody in the emulator: %j',
    (env) => {
      expect(callerOf({ GCLOUD_PROJECT: 'p', ...env })).toBeNull()
    },
  )
})
