import { configKey } from './testing/fakes/identity-toolkit.ts'
import { provision, provisionedProject } from './testing/run.ts'

const PATCH = 'identitytoolkit.projects.updateConfig'

it('enables e-mail and password where Authentication was started, and changes nothing else', async () => {
  const double = await provisionedProject()
  const others = { name: 'x', signIn: { anonymous: { enabled: true } }, authorizedDomains: ['example.com'] }
  double.world.resources.set(configKey(double.world), others)
  const { code, out } = await provision(double)
  expect(code).toBe(0)
  expect(out).toContain('signIn.email.enabled: (none) -> true')
  expect(double.world.get(configKey(double.world))).toEqual({
    ...others,
    signIn: { ...others.signIn, email: { enabled: true, passwordRequired: true } },
  })
  double.readOnly = true
  expect((await provision(double)).out).toBe('nothing to change')
})

it('leaves how they sign in to whoever has chosen it', async () => {
  const double = await provisionedProject()
  double.world.resources.set(configKey(double.world), { signIn: { email: { enabled: true, passwordRequired: false } } })
  double.readOnly = true
  expect((await provision(double)).out).toBe('nothing to change')
})

it('says who has to start it where nobody has, and does not make it another product', async () => {
  const double = await provisionedProject()
  const { code, said } = await provision(double)
  expect(code).toBe(0)
  expect(said).toContain('note: nobody can sign in yet: start Authentication once')
  expect(double.sent.map(({ id }) => id)).not.toContain(PATCH)
})
