import { NAME_TAKEN, UNREADABLE, UploadError } from '../uppy-firebase-storage/errors.ts'
import { sendProblemOf } from './send.ts'

it.each([
  ['storage/unauthorized', 'denied'],
  ['storage/unauthenticated', 'signed-out'],
  ['storage/quota-exceeded', 'no-room'],
])('calls %s %s, which another try may help', (code, problem) => {
  expect(sendProblemOf(new UploadError(code, false))).toEqual({ problem: { code: problem }, again: true })
})

it.each([
  [NAME_TAKEN, 'name-taken'],
  [UNREADABLE, 'unreadable'],
])('calls %s %s, which no other try helps', (code, problem) => {
  expect(sendProblemOf(new UploadError(code, true))).toEqual({ problem: { code: problem }, again: false })
})

it('hands on the code of what it does not know', () => {
  expect(sendProblemOf({ code: 'storage/new' })).toEqual({
    problem: { code: 'other', detail: 'storage/new' },
    again: true,
  })
  expect(sendProblemOf({})).toMatchObject({ problem: { detail: 'no answer' } })
})
