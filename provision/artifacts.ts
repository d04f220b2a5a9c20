/**
 * Where the functions' container images are kept. Made here, since `firebase deploy` where nobody answers ends with an error over a repository without a
 * cleanup policy, after it has deployed everything. https://firebase.google.com/docs/functions/manage-functions#artifact-cleanup
 */
import { changesBetween, type Json } from './compare.ts'
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import { found, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

const API = 'https://artifactregistry.googleapis.com/v1'
/** Both names are Google's: of the repository, and of the policy that firebase-tools looks for. */
const REPOSITORY = 'gcf-artifacts'
const POLICY = 'firebase-functions-cleanup'
/** A revision that is running needs its image no more; to roll back, an earlier commit is deployed. */
const DAYS = 14

export function artifacts({ projectId, location }: Pick<Project, 'projectId' | 'location'>): Resource {
  const url = `${API}/projects/${projectId}/locations/${location}/repositories`
  const policy = {
    id: POLICY,
    action: 'DELETE',
    condition: { tagState: 'ANY', olderThan: `${DAYS * 86_400}s` },
  }
  return {
    name: `repository ${REPOSITORY}`,
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      const there = await found<{ readonly cleanupPolicies?: Json }>(api, `${url}/${REPOSITORY}`)
      if (there === null) {
        const body = {
          format: 'DOCKER',
          description: 'Container images of the functions; made by npm run provision.',
          cleanupPolicies: { [POLICY]: policy },
        }
        return {
          kind: 'create',
          changes: changesBetween(null, body),
          async apply() {
            const query = { repositoryId: REPOSITORY }
            await finished(api, API, await api.call<Operation>({ method: 'POST', url, query, body }))
          },
        }
      }
      // How long is up to whoever has chosen it: only that there is one.
      if (there.cleanupPolicies?.[POLICY] !== undefined) return null
      const body = { cleanupPolicies: { ...there.cleanupPolicies, [POLICY]: policy } }
      return {
        kind: 'update',
        changes: changesBetween(
          { cleanupPolicies: there.cleanupPolicies ?? {} },
          { cleanupPolicies: { [POLICY]: policy } },
        ),
        async apply() {
          await api.call({
            method: 'PATCH',
            url: `${url}/${REPOSITORY}`,
            query: { updateMask: 'cleanupPolicies' },
            body,
          })
        },
      }
    },
  }
}
