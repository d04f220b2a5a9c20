import { error } from 'firebase-functions/logger'
import { cloudLog } from './cloud-log.ts'

jest.mock('firebase-functions/logger', () => ({ error: jest.fn() }))

it('gives an error by its stack and its causes, which JSON would leave out', () => {
  const page = new Error('page 3', { cause: new Error('disk full') })
  cloudLog.error('export failed', { run: 7, error: new AggregateError([page], 'two things') })
  const [message, fields] = jest.mocked(error).mock.calls[0] ?? []
  expect(message).toBe('export failed')
  expect(JSON.parse(JSON.stringify(fields))).toEqual({
    run: 7,
    error: expect.stringMatching(/two things[^]*caused by Error: page 3[^]*caused by Error: disk full/),
  })
})
