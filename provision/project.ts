/** Which project is provisioned, and with what. */
import { locationIn, webOriginsOf } from '../functions/src/config/deployment.ts'
import { parseSettings, type Settings } from '../functions/src/config/settings.ts'
import { ApiError, Obstacle, type GoogleApi } from './resource.ts'

export interface Project {
  readonly projectId: string
  /** Google's, which the names of its own accounts carry. */
  readonly projectNumber: string
  /** Region of the functions and both buckets. */
  readonly location: string
  readonly settings: Settings
  /** Addresses from which the web page is served. */
  readonly webOrigins: readonly string[]
  /** Whether a retention policy may be made shorter than somebody has made it. */
  readonly mayShortenRetention: boolean
}

/** Throws a SettingsError where a setting is wrong, an {@link Obstacle} where the project can't be read. */
export async function readProject(
  api: GoogleApi,
  projectId: string,
  env: Readonly<Record<string, string | undefined>>,
  mayShortenRetention = false,
): Promise<Project> {
  const settings = parseSettings(env)
  return {
    projectId,
    projectNumber: await projectNumber(api, projectId),
    location: locationIn(env),
    settings,
    webOrigins: webOriginsOf(projectId, settings.webOrigins),
    mayShortenRetention,
  }
}

/** From Service Usage, which alone has to be enabled by hand where it is not: every other API is enabled through it. */
async function projectNumber(api: GoogleApi, projectId: string): Promise<string> {
  const service = 'serviceusage.googleapis.com'
  const url = `https://${service}/v1/projects/${projectId}/services/${service}`
  try {
    const { parent } = await api.call<{ readonly parent?: string }>({ method: 'GET', url })
    const number = /^projects\/(\d+)$/.exec(parent ?? '')?.[1]
    if (number !== undefined) return number
    throw new Obstacle(`Service Usage says that ${projectId} is ${JSON.stringify(parent)}: expected projects/NUMBER`)
  } catch (error) {
    if (!(error instanceof ApiError) || ![400, 403, 404].includes(error.status)) throw error
    throw new Obstacle(
      `the project ${projectId} can't be read (${error.status} ${error.reason}: ${error.message}). Is that its id (npx firebase projects:list), are you signed in to an account that may (gcloud auth application-default login), and is the Service Usage API enabled (gcloud services enable ${service} --project ${projectId})?`,
    )
  }
}
