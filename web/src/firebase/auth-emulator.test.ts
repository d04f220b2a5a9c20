import { googleIdToken, type MailedCode, newestCode } from './auth-emulator.ts'

const code = (requestType: string, email: string, oobCode: string): MailedCode => ({
  requestType,
  email,
  oobCode,
  oobLink: `http://127.0.0.1:9099/emulator/action?oobCode=${oobCode}`,
})

it('finds the newest code of a kind for an address, however that is written', () => {
  const codes = [
    code('VERIFY_EMAIL', 'bo@birch.example', 'old'),
    code('VERIFY_EMAIL', 'bo@birch.example', 'new'),
    code('PASSWORD_RESET', 'bo@birch.example', 'reset'),
    code('VERIFY_EMAIL', 'cia@cedar.example', 'other'),
  ]
  expect(newestCode(codes, 'VERIFY_EMAIL', ' Bo@Birch.example ')?.oobCode).toBe('new')
  expect(newestCode(codes, 'PASSWORD_RESET', 'cia@cedar.example')).toBeNull()
})

it('makes no link of what is none', () => {
  const bad = { ...code('VERIFY_EMAIL', 'bo@birch.example', 'x'), oobLink: 'javascript:alert(1)' }
  expect(newestCode([bad], 'VERIFY_EMAIL', 'bo@birch.example')).toBeNull()
})

it('takes the same address for the same Google account', () => {
  expect(JSON.parse(googleIdToken(' Gina@Example.com', ' Gina "G" '))).toEqual({
    sub: 'gina@example.com',
    email: 'gina@example.com',
    email_verified: true,
    name: 'Gina "G"',
  })
  expect(JSON.parse(googleIdToken('gina@example.com', ' '))).not.toHaveProperty('name')
})
