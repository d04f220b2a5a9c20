/** Identities outside of Google: what it refuses of pools and providers. */
import type { Call } from '../resource.ts'
import { WORKLOAD_IDENTITY_REFUSALS } from './fakes/workload-identity.ts'
import { describeRefusals, one, type Case, type Cases } from './refusals.ts'
import { PROJECT } from './run.ts'

const LOCATION = `https://iam.googleapis.com/v1/projects/${PROJECT}/locations/global`
const POOLS = `${LOCATION}/workloadIdentityPools`
const PROVIDERS = `${POOLS}/a-pool/providers`
const newPool = (body: object = {}, id = 'a-pool') => one('POST', POOLS, body, { workloadIdentityPoolId: id })
const newProvider = (body: object = {}) =>
  one('POST', PROVIDERS, body, { workloadIdentityPoolProviderId: 'a-provider' })
const calls = (...all: readonly Call[]): Case => ({ calls: all })
const mapping = { 'google.subject': 'assertion.sub' }
const github = { oidc: { issuerUri: 'https://token.actions.githubusercontent.com' } }

const cases: Cases<typeof WORKLOAD_IDENTITY_REFUSALS> = {
  'federation-exists': calls(newPool(), newPool()),
  'federation-deleted': {
    before: ({ world }) =>
      void world.resources.set(
        `iam.googleapis.com/projects/${world.projectNumber}/locations/global/workloadIdentityPools/gone`,
        { name: 'gone', state: 'DELETED' },
      ),
    calls: [one('PATCH', `${POOLS}/gone`, { displayName: 'again' }, { updateMask: 'displayName' })],
  },
  'federation-id-invalid': calls(newPool({}, 'gcp-mine')),
  'federation-text-too-long': calls(newPool({ displayName: 'x'.repeat(33) })),
  'pool-location': calls(
    one('POST', POOLS.replace('/global/', '/europe-west1/'), {}, { workloadIdentityPoolId: 'a-pool' }),
  ),
  'provider-without-subject': calls(newPool(), newProvider({ ...github, attributeCondition: 'assertion.x == 1' })),
  'provider-mapping-key': calls(
    newPool(),
    newProvider({ ...github, attributeMapping: { ...mapping, repository: 'x' } }),
  ),
  'provider-without-condition': calls(newPool(), newProvider({ ...github, attributeMapping: mapping })),
  'provider-issuer': calls(
    newPool(),
    newProvider({ oidc: { issuerUri: 'http://example.com' }, attributeMapping: mapping }),
  ),
}

describeRefusals('Workload identity federation', WORKLOAD_IDENTITY_REFUSALS, cases)
