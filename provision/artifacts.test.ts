import { discoveryFolder } from '../stack/discovery.ts'
import { artifacts } from './artifacts.ts'
import { ARTIFACT_REGISTRY } from './testing/fakes/artifact-registry.ts'
import { GoogleDouble } from './testing/google.ts'

let folder: string
beforeAll(async () => {
  folder = await discoveryFolder()
}, 120_000)

const PLACE = { projectId: 'darkroom-test', location: 'europe-west1' }
const KEY = 'artifactregistry.googleapis.com/projects/darkroom-test/locations/europe-west1/repositories/gcf-artifacts'
const resource = artifacts(PLACE)

function google(repository?: Record<string, unknown>): GoogleDouble {
  const double = new GoogleDouble(folder, PLACE.projectId, ARTIFACT_REGISTRY)
  double.world.services.set('artifactregistry.googleapis.com', 0)
  if (repository !== undefined) double.world.resources.set(KEY, repository)
  return double
}

it('makes the repository of the functions’ images with the cleanup policy that firebase deploy looks for', async () => {
  const double = google()
  await (await resource.differs(double))?.apply()
  expect(double.world.get(KEY)).toMatchObject({
    format: 'DOCKER',
    cleanupPolicies: { 'firebase-functions-cleanup': { action: 'DELETE', condition: { olderThan: '1209600s' } } },
  })
  expect(await resource.differs(double)).toBeNull()
})

it('adds the policy to a repository that has none, and leaves the others', async () => {
  const keep = { id: 'keep', action: 'KEEP', mostRecentVersions: { keepCount: 3 } }
  const double = google({ format: 'DOCKER', cleanupPolicies: { keep } })
  await (await resource.differs(double))?.apply()
  expect(double.world.get(KEY)['cleanupPolicies']).toEqual({
    keep,
    'firebase-functions-cleanup': expect.objectContaining({ action: 'DELETE' }) as object,
  })
  expect(await resource.differs(double)).toBeNull()
})

it('leaves a policy that somebody has chosen', async () => {
  const chosen = { id: 'firebase-functions-cleanup', condition: { olderThan: '86400s' } }
  const double = google({ format: 'DOCKER', cleanupPolicies: { 'firebase-functions-cleanup': chosen } })
  expect(await resource.differs(double)).toBeNull()
})
