/** Which functions are there, and which would be deleted. */
import { type GoogleApi } from '../provision/resource.ts'
import { pages } from './pages.ts'

export interface DeployedFunction {
  readonly name: string
  readonly location: string
}

interface CloudFunction {
  /** `projects/P/locations/L/functions/F` */
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** Those that firebase-tools has deployed from this codebase, the default one: it marks them so, and deletes only these. */
export async function deployedFunctions(api: GoogleApi, project: string): Promise<readonly DeployedFunction[]> {
  const url = `https://cloudfunctions.googleapis.com/v2/projects/${project}/locations/-/functions`
  const all = await pages<CloudFunction>(api, url, 'functions')
  return all.flatMap(({ name = '', labels = {} }) => {
    const [, location, id] = /\/locations\/([^/]+)\/functions\/([^/]+)$/.exec(name) ?? []
    const codebase = labels['firebase-functions-codebase'] ?? 'default'
    const isOurs = labels['deployment-tool']?.startsWith('cli-firebase') === true && codebase === 'default'
    return isOurs && location !== undefined && id !== undefined ? [{ name: id, location }] : []
  })
}

/** Null: `firebase deploy` deletes nothing. Otherwise what it would, and how to do that on purpose. */
export function surplusProblem(
  there: readonly DeployedFunction[],
  wanted: readonly string[],
  project: string,
  location: string,
): string | null {
  const surplus = there.filter((each) => each.location !== location || !wanted.includes(each.name))
  if (surplus.length === 0) return null
  const named = surplus.map((each) => `${each.name} in ${each.location}`).join(', ')
  const commands = surplus.map(
    (each) => `npx firebase functions:delete ${each.name} --region ${each.location} --project ${project}`,
  )
  return `${named}: deployed once, and no longer wanted by the code or the settings (KAFKA_BROKERS, LOCATION). Nothing is deleted by itself, and events would still reach them: ${commands.join('; ')}`
}
