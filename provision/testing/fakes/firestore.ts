/** Firestore's databases and backups. https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases */
import { polled, started } from '../operations.ts'
import { maskPatch, notFound, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const SERVICE = 'firestore.googleapis.com'

export const FIRESTORE_REFUSALS = {
  'database-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Database already exists. Please use another database_id',
    documentation: 'https://cloud.google.com/firestore/docs/manage-databases#create_a_database',
  },
  'database-id-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A database id is (default), or 4 to 63 small letters, digits and hyphens',
    documentation: 'https://cloud.google.com/firestore/docs/manage-databases#database-ids',
  },
  'database-location-unknown': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Database location is not valid',
    documentation: 'https://cloud.google.com/firestore/docs/locations',
  },
  'database-location-fixed': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The location of a database cannot be changed',
    documentation: 'https://cloud.google.com/firestore/docs/locations',
  },
  'database-type-fixed': {
    status: 400,
    reason: 'FAILED_PRECONDITION',
    message: 'The type of a database can only be changed while it is empty',
    documentation: 'https://cloud.google.com/firestore/docs/manage-databases#change_the_type_of_a_database',
  },
  'database-changed-meanwhile': {
    status: 409,
    reason: 'ABORTED',
    message: 'The etag does not match the current one',
    documentation: 'https://google.aip.dev/154',
  },
  'backups-need-billing': {
    status: 400,
    reason: 'FAILED_PRECONDITION',
    message: 'Backups and point-in-time recovery require billing to be enabled',
    documentation: 'https://cloud.google.com/firestore/docs/backups#before_you_begin',
  },
  'backup-schedule-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'At most two backup schedules can be configured on a database, one daily and one weekly',
    documentation:
      'https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.backupSchedules/create',
  },
  'backup-retention': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The maximum supported retention period is 14 weeks',
    documentation: 'https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.backupSchedules',
  },
  'backup-day-missing': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A weekly schedule names its day',
    documentation: 'https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.backupSchedules',
  },
  'backup-recurrence-fixed': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Only the retention of a backup schedule can be changed',
    documentation: 'https://cloud.google.com/firestore/docs/backups#update-schedule',
  },
} as const satisfies Refusals

/** Some of them. */
const LOCATIONS = ['eur3', 'nam5', 'europe-west1', 'europe-west3', 'us-central1', 'us-east1', 'asia-northeast1']

export const databaseKey = (world: World, id = '(default)') => `${SERVICE}/projects/${world.projectId}/databases/${id}`

function assertValid(database: Json, world: World): void {
  if (database['pointInTimeRecoveryEnablement'] === 'POINT_IN_TIME_RECOVERY_ENABLED' && !world.hasBilling)
    throw refused(FIRESTORE_REFUSALS['backups-need-billing'])
}

function assertSchedule(schedule: Json): void {
  const seconds = Number(((schedule['retention'] ?? '') as string).replace('s', ''))
  if (!(seconds > 0 && seconds <= 14 * 7 * 86_400)) throw refused(FIRESTORE_REFUSALS['backup-retention'])
  const weekly = schedule['weeklyRecurrence'] as Json | undefined
  if (weekly !== undefined && (weekly['day'] ?? 'DAY_OF_WEEK_UNSPECIFIED') === 'DAY_OF_WEEK_UNSPECIFIED')
    throw refused(FIRESTORE_REFUSALS['backup-day-missing'])
}

const schedulesOf = (world: World, parent: string) =>
  [...world.resources]
    .filter(([key]) => key.startsWith(`${SERVICE}/${parent}/backupSchedules/`))
    .map(([, each]) => each)

export const FIRESTORE: Fake = {
  'firestore.projects.locations.list': ({ params }, world) => {
    if (params['name'] !== `projects/${world.projectId}`) throw notFound(String(params['name']))
    return {
      locations: LOCATIONS.map((locationId) => ({ name: `${params['name']}/locations/${locationId}`, locationId })),
    }
  },

  'firestore.projects.databases.get': ({ params }, world) => world.get(`${SERVICE}/${params['name']}`),

  'firestore.projects.databases.create': ({ params, body }, world) => {
    const id = params['databaseId'] ?? ''
    if (params['parent'] !== `projects/${world.projectId}`) throw notFound(String(params['parent']))
    if (id !== '(default)' && !/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(id))
      throw refused(FIRESTORE_REFUSALS['database-id-invalid'], id)
    if (world.resources.has(databaseKey(world, id))) throw refused(FIRESTORE_REFUSALS['database-exists'])
    if (!LOCATIONS.includes(String(body['locationId']))) throw refused(FIRESTORE_REFUSALS['database-location-unknown'])
    assertValid(body, world)
    const name = `${params['parent']}/databases/${id}`
    const database = {
      concurrencyMode: 'PESSIMISTIC',
      pointInTimeRecoveryEnablement: 'POINT_IN_TIME_RECOVERY_DISABLED',
      deleteProtectionState: 'DELETE_PROTECTION_DISABLED',
      databaseEdition: 'STANDARD',
      ...body,
      name,
      createTime: world.time,
      etag: world.etag(),
    }
    world.resources.set(databaseKey(world, id), database)
    return started(world, SERVICE, name, database)
  },

  'firestore.projects.databases.patch': ({ params, body }, world) => {
    const key = `${SERVICE}/${params['name']}`
    const there = world.get(key)
    if (body['etag'] !== undefined && body['etag'] !== there['etag'])
      throw refused(FIRESTORE_REFUSALS['database-changed-meanwhile'])
    const patched = maskPatch(there, body, params['updateMask'] ?? Object.keys(body).join())
    if (patched['locationId'] !== there['locationId']) throw refused(FIRESTORE_REFUSALS['database-location-fixed'])
    if (patched['type'] !== there['type']) throw refused(FIRESTORE_REFUSALS['database-type-fixed'])
    assertValid(patched, world)
    world.resources.set(key, { ...patched, updateTime: world.time, etag: world.etag() })
    return started(world, SERVICE, String(params['name']), world.get(key))
  },

  'firestore.projects.databases.operations.get': polled(SERVICE),

  'firestore.projects.databases.backupSchedules.list': ({ params }, world) => {
    world.get(`${SERVICE}/${params['parent']}`)
    return { backupSchedules: schedulesOf(world, String(params['parent'])) }
  },

  'firestore.projects.databases.backupSchedules.create': ({ params, body }, world) => {
    const parent = String(params['parent'])
    world.get(`${SERVICE}/${parent}`)
    if (!world.hasBilling) throw refused(FIRESTORE_REFUSALS['backups-need-billing'])
    assertSchedule(body)
    const kind = 'dailyRecurrence' in body ? 'dailyRecurrence' : 'weeklyRecurrence'
    if (schedulesOf(world, parent).some((each) => kind in each))
      throw refused(FIRESTORE_REFUSALS['backup-schedule-exists'])
    const name = `${parent}/backupSchedules/${kind}-1`
    world.resources.set(`${SERVICE}/${name}`, { ...body, name, createTime: world.time, updateTime: world.time })
    return world.get(`${SERVICE}/${name}`)
  },

  'firestore.projects.databases.backupSchedules.patch': ({ params, body }, world) => {
    const key = `${SERVICE}/${params['name']}`
    const mask = params['updateMask'] ?? Object.keys(body).join()
    const there = world.get(key)
    if (mask !== 'retention') throw refused(FIRESTORE_REFUSALS['backup-recurrence-fixed'])
    const patched = maskPatch(there, body, mask)
    assertSchedule(patched)
    world.resources.set(key, { ...patched, updateTime: world.time })
    return world.get(key)
  },
}
