/** The database, and what brings it back. TTL policies and indexes are firestore.indexes.json's. https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases */
import { changesBetween, onlyChanged, type Json } from './compare.ts'
import { finished, type Operation } from './operation.ts'
import type { Project } from './project.ts'
import { found, Obstacle, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

const API = 'https://firestore.googleapis.com/v1'
const DATABASE_ID = '(default)'
const WEEK_SECONDS = 7 * 86_400

export const DATABASE_RESOURCE = 'Firestore database'

/**
 * Each schedule is kept as long as its own step would otherwise leave a hole, and no longer: what a customer has had deleted lives on in backups, and has left the
 * last of them after four weeks.
 */
const SCHEDULES = {
  daily: { retention: `${WEEK_SECONDS}s`, recurrence: { dailyRecurrence: {} } },
  weekly: { retention: `${4 * WEEK_SECONDS}s`, recurrence: { weeklyRecurrence: { day: 'SUNDAY' } } },
} as const

interface Database {
  readonly locationId?: string
  readonly type?: string
  readonly etag?: string
}

export function firestore(project: Pick<Project, 'projectId' | 'location'>): readonly Resource[] {
  return [database(project), schedule(project, 'daily'), schedule(project, 'weekly')]
}

function database({ projectId, location }: Pick<Project, 'projectId' | 'location'>): Resource {
  const url = `${API}/projects/${projectId}/databases`
  const wanted = {
    type: 'FIRESTORE_NATIVE',
    pointInTimeRecoveryEnablement: 'POINT_IN_TIME_RECOVERY_ENABLED',
    deleteProtectionState: 'DELETE_PROTECTION_ENABLED',
  }
  return {
    name: DATABASE_RESOURCE,
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      const there = await found<Database>(api, `${url}/${DATABASE_ID}`)
      if (there === null) {
        const whole = { locationId: await firestoreLocation(api, projectId, location), ...wanted }
        return {
          kind: 'create',
          changes: changesBetween(null, whole),
          async apply() {
            const query = { databaseId: DATABASE_ID }
            await finished(api, API, await api.call<Operation>({ method: 'POST', url, query, body: whole }))
          },
        }
      }
      if (there.type !== wanted.type) {
        throw new Obstacle(
          `the project's default database is in ${there.type}: Darkroom needs Firestore in native mode, and a database that holds data can't change. Take another project`,
        )
      }
      const changes = changesBetween(there as Json, wanted)
      if (changes.length === 0) return null
      return {
        kind: 'update',
        changes,
        async apply() {
          const query = { updateMask: changes.map(({ field }) => field).join() }
          const body = { ...onlyChanged(changes), ...(there.etag !== undefined && { etag: there.etag }) }
          await finished(
            api,
            API,
            await api.call<Operation>({ method: 'PATCH', url: `${url}/${DATABASE_ID}`, query, body }),
          )
        },
      }
    },
    async notes(api) {
      const there = await found<Database>(api, `${url}/${DATABASE_ID}`)
      if (there === null) return []
      const near = await firestoreLocation(api, projectId, location)
      if (there.locationId === near) return []
      return [
        `Firestore is in ${there.locationId}, not in ${near} beside the functions: that works, each transaction takes a little longer, and it can't be moved`,
      ]
    },
  }
}

/** The functions' own region where Firestore is there, else the continent's multi-region. https://cloud.google.com/firestore/docs/locations */
async function firestoreLocation(api: GoogleApi, projectId: string, region: string): Promise<string> {
  const url = `${API}/projects/${projectId}/locations`
  const answer = await found<{ readonly locations?: readonly { readonly locationId?: string }[] }>(api, url, {
    pageSize: '500',
  })
  // Its API is not enabled yet: asked again once it is.
  if (answer === null) return region
  const there = (answer.locations ?? []).map(({ locationId }) => locationId)
  if (there.includes(region)) return region
  const near = region.startsWith('europe-') ? 'eur3' : /^(us|northamerica)-/.test(region) ? 'nam5' : null
  if (near !== null && there.includes(near)) return near
  throw new Obstacle(
    `there is no Firestore in ${region}: make the database yourself where it suits you (npx firebase firestore:databases:create "(default)" --location L --project ${projectId}), with L one of ${there.join(', ')}`,
  )
}

interface BackupSchedule {
  readonly name?: string
  readonly retention?: string
  readonly dailyRecurrence?: unknown
  readonly weeklyRecurrence?: unknown
}

/** A database has at most one of each kind. */
function schedule({ projectId }: Pick<Project, 'projectId'>, kind: keyof typeof SCHEDULES): Resource {
  const { retention, recurrence } = SCHEDULES[kind]
  const url = `${API}/projects/${projectId}/databases/${DATABASE_ID}/backupSchedules`
  return {
    name: `${kind} backup of Firestore`,
    needs: [DATABASE_RESOURCE],
    async differs(api) {
      const { backupSchedules = [] } =
        (await found<{ readonly backupSchedules?: readonly BackupSchedule[] }>(api, url)) ?? {}
      const there = backupSchedules.find((each) => each[`${kind}Recurrence`] !== undefined)
      if (there === undefined) {
        const body = { retention, ...recurrence }
        return {
          kind: 'create',
          changes: changesBetween(null, body),
          apply: () => api.call({ method: 'POST', url, body }),
        }
      }
      const changes = changesBetween({ retention: there.retention }, { retention })
      if (changes.length === 0) return null
      return {
        kind: 'update',
        changes,
        apply: () =>
          api.call({
            method: 'PATCH',
            url: `${API}/${there.name}`,
            query: { updateMask: 'retention' },
            body: { retention },
          }),
      }
    },
  }
}
