/** What `firebase deploy` leaves: services of Cloud Run and queues of Cloud Tasks, of which only the policies matter here. */
import type { Request } from '../discovery.ts'
import { getPolicy, setPolicy } from '../policies.ts'
import type { Fake, World } from '../world.ts'

export const serviceKey = (world: World, service: string, location = 'europe-west1') =>
  `run.googleapis.com/projects/${world.projectId}/locations/${location}/services/${service}`
export const queueKey = (world: World, queue: string, location = 'europe-west1') =>
  `cloudtasks.googleapis.com/projects/${world.projectId}/locations/${location}/queues/${queue}`

const keyIn =
  (service: string) =>
  ({ params }: Request, world: World) => {
    const key = `${service}/${params['resource']}`
    world.get(key)
    return key
  }
const run = keyIn('run.googleapis.com')
const tasks = keyIn('cloudtasks.googleapis.com')

export const DEPLOYED: Fake = {
  'run.projects.locations.services.getIamPolicy': getPolicy(run),
  'run.projects.locations.services.setIamPolicy': setPolicy(run),
  'cloudtasks.projects.locations.queues.getIamPolicy': getPolicy(tasks),
  'cloudtasks.projects.locations.queues.setIamPolicy': setPolicy(tasks),
}
