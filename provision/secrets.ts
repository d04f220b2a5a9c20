/** Kafka's password in Secret Manager: the place for it, never the value. https://cloud.google.com/secret-manager/docs/reference/rest */
import { SECRET_RESOURCE, usesPassword } from './iam-holders.ts'
import type { Project } from './project.ts'
import { found, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

const NAME = 'KAFKA_PASSWORD'

interface Secret {
  readonly replication?: {
    readonly automatic?: object
    readonly userManaged?: { readonly replicas?: readonly { readonly location?: string }[] }
  }
}

/** None where no password is needed. */
export function secretResources(project: Project): readonly Resource[] {
  if (!usesPassword(project)) return []
  const secrets = `https://secretmanager.googleapis.com/v1/projects/${project.projectId}/secrets`
  const url = `${secrets}/${NAME}`
  const { location } = project
  return [
    {
      name: SECRET_RESOURCE,
      needs: [SERVICES_RESOURCE],
      async differs(api) {
        // How a secret is replicated can't be changed: the notes say where it is not here.
        if ((await found<Secret>(api, url)) !== null) return null
        const replication = { userManaged: { replicas: [{ location }] } }
        // Else `firebase functions:secrets:set` would ask whether it may keep it.
        const labels = { 'firebase-managed': 'functions' }
        return {
          kind: 'create',
          changes: [{ field: 'replication', from: undefined, to: replication }],
          async apply() {
            await api.call({ method: 'POST', url: secrets, query: { secretId: NAME }, body: { replication, labels } })
          },
        }
      },
      async notes(api) {
        const secret = await found<Secret>(api, url)
        if (secret === null) return []
        return [...(await valueNotes(api, project, url)), ...placeNotes(secret, location)]
      },
    },
  ]
}

async function valueNotes(api: GoogleApi, { projectId }: Project, url: string): Promise<readonly string[]> {
  const query = { filter: 'state:ENABLED', pageSize: '1' }
  const answer = await found<{ readonly versions?: readonly object[] }>(api, `${url}/versions`, query)
  if ((answer?.versions ?? []).length > 0) return []
  return [
    `${NAME} has no value yet, and the bridge can't be deployed before: npx firebase functions:secrets:set ${NAME} --project ${projectId} (it asks for it; nothing here ever reads it)`,
  ]
}

function placeNotes({ replication }: Secret, location: string): readonly string[] {
  const places = replication?.userManaged?.replicas?.map((replica) => replica.location ?? '')
  if (places !== undefined && places.every((place) => place === location)) return []
  const where = places === undefined ? 'wherever Google keeps it' : places.join(', ')
  return [
    `${NAME} is kept in ${where}, not only in ${location}. That can't be changed: to move it, delete it, provision again and set its value again`,
  ]
}
