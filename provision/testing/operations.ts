/** Long-running operations, which most services answer with where something takes its time. https://google.aip.dev/151 */
import type { Handler, Json, World } from './world.ts'
import { notFound } from './world.ts'

/** How often it is asked for before it is done. */
const POLLS = 2

/** Starts one that brings `effect` about at once, as far as others can see, and says so after some polls. `prefix` of its name: `projects/p/databases/d`. */
export function started(world: World, service: string, prefix: string, response: Json): Json {
  const name = `${prefix === '' ? '' : `${prefix}/`}operations/${world.etag().replaceAll('=', '')}`
  world.resources.set(`${service}/${name}`, { name, polls: 0, response })
  return { name, done: false }
}

export function polled(service: string): Handler {
  return ({ params }, world) => {
    const key = `${service}/${params['name']}`
    const operation = world.resources.get(key)
    if (operation === undefined) throw notFound(key)
    const polls = Number(operation['polls']) + 1
    world.resources.set(key, { ...operation, polls })
    const { name, response } = operation
    return polls >= POLLS ? { name, done: true, response } : { name, done: false }
  }
}
