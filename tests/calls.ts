/** What a page asks of the functions, for tests that have no page. */
import { DEMO_PASSWORD } from '../demo/customers.ts'
import type { AdminCall } from '../functions/src/contract/admin.ts'
import type { CustomerCall } from '../functions/src/contract/customer.ts'
import type { Stack } from '../stack/stack.ts'

/** Of a demo's user, as a page has it. https://firebase.google.com/docs/reference/rest/auth#section-sign-in-email-password */
export async function tokenOf({ authUrl }: Pick<Stack, 'authUrl'>, email: string): Promise<string> {
  const url = `${authUrl}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=local-stack-only`
  const body = JSON.stringify({ email, password: DEMO_PASSWORD, returnSecureToken: true })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await response.json()) as { idToken: string }).idToken
}

/** `token`: of whoever has signed in; null is nobody. The answer has a `result` or an `error`. https://firebase.google.com/docs/functions/callable-reference */
export async function call(
  { ports, projectId, region }: Pick<Stack, 'ports' | 'projectId' | 'region'>,
  token: string | null,
  name: AdminCall | CustomerCall,
  data: unknown,
): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }> {
  const url = `http://127.0.0.1:${ports.functions}/${projectId}/${region}/${name}`
  const headers = { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ data }) })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}
