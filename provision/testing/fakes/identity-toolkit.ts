/** How people sign in. https://cloud.google.com/identity-platform/docs/reference/rest/v2/projects */
import { ApiError } from '../../resource.ts'
import { maskPatch, type Fake, type World } from '../world.ts'

export const configKey = (world: World) => `identitytoolkit.googleapis.com/projects/${world.projectId}/config`

/** There once somebody has started Authentication in the console. */
function configOf(world: World) {
  const config = world.resources.get(configKey(world))
  if (config === undefined) throw new ApiError(404, 'CONFIGURATION_NOT_FOUND', 'CONFIGURATION_NOT_FOUND')
  return config
}

export const IDENTITY_TOOLKIT: Fake = {
  'identitytoolkit.projects.getConfig': (_, world) => configOf(world),

  'identitytoolkit.projects.updateConfig': ({ params, body }, world) => {
    const patched = maskPatch(configOf(world), body, params['updateMask'] ?? Object.keys(body).join())
    world.resources.set(configKey(world), patched)
    return patched
  },
}
