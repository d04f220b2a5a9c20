import { OPERATION_ID } from '../../../../functions/src/contract/admin.ts'
import { newOperation, operationText } from './operation.tsx'

it('makes a name that the functions take, each time another', () => {
  expect(newOperation()).toMatch(OPERATION_ID)
  expect(newOperation()).not.toBe(newOperation())
})

it('says how far an operation has got and how it ended', () => {
  const progress = { matching: 1200, rawExpired: 3 }
  expect(operationText(null)).toBe('Starting…')
  expect(operationText({ state: 'started', error: null, progress: null })).toBe('Under way…')
  expect(operationText({ state: 'started', error: null, progress })).toMatch(
    /^Under way: matching 1.?200, raw expired 3…$/,
  )
  expect(operationText({ state: 'done', error: null })).toBe('Done.')
  expect(
    operationText(
      { state: 'done', error: null, progress: { busy: 1, matching: 3 } },
      { matching: 'looked at', busy: 'b' },
    ),
  ).toBe('Done: looked at 3, b 1.')
  expect(operationText({ state: 'failed', error: 'No connection.', progress })).toMatch(
    /raw expired 3\. No connection\.$/,
  )
})
