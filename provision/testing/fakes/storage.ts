/** Cloud Storage's buckets. https://cloud.google.com/storage/docs/json_api/v1/buckets */
import { getPolicy, policyKey, setPolicy } from '../policies.ts'
import type { Request } from '../discovery.ts'
import { isObject, mergePatch, notFound, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'
import { ApiError } from '../../resource.ts'

const DAY = 86_400

export const STORAGE_REFUSALS = {
  'bucket-name-taken': {
    status: 409,
    reason: 'conflict',
    message:
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    documentation: 'https://cloud.google.com/storage/docs/buckets#naming',
  },
  'bucket-already-yours': {
    status: 409,
    reason: 'conflict',
    message: 'Your previous request to create the named bucket succeeded and you already own it.',
    documentation: 'https://cloud.google.com/storage/docs/json_api/v1/status-codes#409-conflict',
  },
  'bucket-of-another': {
    status: 403,
    reason: 'forbidden',
    message: 'The caller does not have storage.buckets.get access to the Google Cloud Storage bucket.',
    documentation: 'https://cloud.google.com/storage/docs/json_api/v1/status-codes#403-forbidden',
  },
  'bucket-name-invalid': {
    status: 400,
    reason: 'invalid',
    message: 'Invalid bucket name',
    documentation: 'https://cloud.google.com/storage/docs/buckets#naming',
  },
  'bucket-location-fixed': {
    status: 400,
    reason: 'invalid',
    message: 'The location of a bucket cannot be changed after its creation',
    documentation: 'https://cloud.google.com/storage/docs/locations#considerations',
  },
  'bucket-changed-meanwhile': {
    status: 412,
    reason: 'conditionNotMet',
    message: 'At least one of the pre-conditions you specified did not hold.',
    documentation: 'https://cloud.google.com/storage/docs/request-preconditions',
  },
  'retention-with-versioning': {
    status: 400,
    reason: 'invalid',
    message: 'Object Versioning and a retention policy cannot be enabled on the same bucket',
    documentation: 'https://cloud.google.com/storage/docs/object-versioning#considerations',
  },
  'retention-locked': {
    status: 403,
    reason: 'forbidden',
    message: 'Cannot reduce retention duration of a locked Retention Policy, or remove it',
    documentation: 'https://cloud.google.com/storage/docs/bucket-lock#policy-locks',
  },
  'retention-too-long': {
    status: 400,
    reason: 'invalid',
    message: 'The retention period must be from 1 second to 3,155,760,000 seconds (100 years)',
    documentation: 'https://cloud.google.com/storage/docs/bucket-lock#retention-policy',
  },
  'lock-without-policy': {
    status: 400,
    reason: 'invalid',
    message: 'The bucket has no retention policy to be locked',
    documentation: 'https://cloud.google.com/storage/docs/json_api/v1/buckets/lockRetentionPolicy',
  },
  'soft-delete-duration': {
    status: 400,
    reason: 'invalid',
    message: 'A soft delete retention duration must be 0, or from 7 days to 90 days',
    documentation: 'https://cloud.google.com/storage/docs/soft-delete#retention-duration',
  },
  'uniform-access-fixed': {
    status: 400,
    reason: 'invalid',
    message: 'Uniform bucket-level access cannot be disabled once its locked time has passed (90 days)',
    documentation: 'https://cloud.google.com/storage/docs/uniform-bucket-level-access#should-you-use',
  },
  'public-access-prevented': {
    status: 412,
    reason: 'conditionNotMet',
    message:
      'The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced.',
    documentation: 'https://cloud.google.com/storage/docs/public-access-prevention#enforced',
  },
  'lifecycle-without-condition': {
    status: 400,
    reason: 'invalid',
    message: 'A lifecycle rule must have at least one condition',
    documentation: 'https://cloud.google.com/storage/docs/lifecycle#conditions',
  },
  'lifecycle-too-many-rules': {
    status: 400,
    reason: 'invalid',
    message: 'A bucket has at most 100 lifecycle rules',
    documentation: 'https://cloud.google.com/storage/docs/lifecycle#configuration',
  },
  'cors-origin': {
    status: 400,
    reason: 'invalid',
    message:
      'An origin is a scheme, a host and maybe a port, without a path or a slash at its end: any other never matches',
    documentation: 'https://cloud.google.com/storage/docs/cross-origin#cors-components',
  },
  'policy-changed-meanwhile': {
    status: 412,
    reason: 'conditionNotMet',
    message: 'At least one of the pre-conditions you specified did not hold.',
    documentation: 'https://cloud.google.com/storage/docs/access-control/iam#permissions',
  },
} as const satisfies Refusals

/** A bucket's key in `world.resources`. */
export const bucketKey = (name: string) => `storage.googleapis.com/b/${name}`

/** What stands where nothing was asked for. https://cloud.google.com/storage/docs/json_api/v1/buckets/insert */
const defaults = (world: World) => ({
  kind: 'storage#bucket',
  location: 'US',
  storageClass: 'STANDARD',
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: false },
    bucketPolicyOnly: { enabled: false },
    publicAccessPrevention: 'inherited',
  },
  softDeletePolicy: { retentionDurationSeconds: String(7 * DAY), effectiveTime: world.time },
  rpo: 'DEFAULT',
})

function assertValid(bucket: Json): void {
  const { retentionPolicy, versioning, softDeletePolicy, lifecycle, cors } = bucket as {
    readonly retentionPolicy?: { readonly retentionPeriod?: string }
    readonly versioning?: { readonly enabled?: boolean }
    readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string }
    readonly lifecycle?: { readonly rule?: readonly { readonly condition?: Json }[] }
    readonly cors?: readonly { readonly origin?: readonly string[] }[]
  }
  if (retentionPolicy !== undefined && versioning?.enabled === true)
    throw refused(STORAGE_REFUSALS['retention-with-versioning'])
  const period = Number(retentionPolicy?.retentionPeriod ?? 1)
  if (period < 1 || period > 3_155_760_000) throw refused(STORAGE_REFUSALS['retention-too-long'])
  const soft = Number(softDeletePolicy?.retentionDurationSeconds ?? 0)
  if (soft !== 0 && (soft < 7 * DAY || soft > 90 * DAY)) throw refused(STORAGE_REFUSALS['soft-delete-duration'])
  const rules = lifecycle?.rule ?? []
  if (rules.length > 100) throw refused(STORAGE_REFUSALS['lifecycle-too-many-rules'])
  if (rules.some(({ condition }) => Object.keys(condition ?? {}).length === 0))
    throw refused(STORAGE_REFUSALS['lifecycle-without-condition'])
  for (const origin of (cors ?? []).flatMap((entry) => entry.origin ?? []))
    if (origin !== '*' && !/^https?:\/\/[^/]+$/.test(origin)) throw refused(STORAGE_REFUSALS['cors-origin'], origin)
}

/** What Google sets by itself when a part of a bucket changes. */
function settled(before: Json, bucket: Json, world: World): Json {
  const changed = (name: string) => JSON.stringify(before[name]) !== JSON.stringify(bucket[name])
  const effective = (name: string) =>
    isObject(bucket[name]) && changed(name) ? { [name]: { ...bucket[name], effectiveTime: world.time } } : {}
  const iam = bucket['iamConfiguration'] as { readonly uniformBucketLevelAccess?: Json } & Json
  const uniform = iam.uniformBucketLevelAccess ?? { enabled: false }
  const access =
    uniform['enabled'] === true
      ? { enabled: true, lockedTime: uniform['lockedTime'] ?? new Date(world.now + 90 * DAY * 1000).toISOString() }
      : { enabled: false }
  return {
    ...bucket,
    ...effective('retentionPolicy'),
    ...effective('softDeletePolicy'),
    iamConfiguration: { ...iam, uniformBucketLevelAccess: access, bucketPolicyOnly: access },
    // What nothing is left of is not shown.
    ...(Array.isArray(bucket['cors']) && bucket['cors'].length === 0 && { cors: undefined }),
    metageneration: String(Number(before['metageneration'] ?? 0) + 1),
    etag: world.etag(),
    updated: world.time,
  }
}

function bucketOf({ params }: Request, world: World): Json {
  const name = params['bucket'] ?? ''
  if (world.takenBuckets.has(name)) throw refused(STORAGE_REFUSALS['bucket-of-another'])
  const bucket = world.resources.get(bucketKey(name))
  if (bucket === undefined) throw notFound('The specified bucket')
  const expected = params['ifMetagenerationMatch']
  if (expected !== undefined && expected !== bucket['metageneration'])
    throw refused(STORAGE_REFUSALS['bucket-changed-meanwhile'])
  return bucket
}

const keyOf = (request: Request, world: World) => bucketKey(String(bucketOf(request, world)['name']))

export const CLOUD_STORAGE: Fake = {
  'storage.buckets.get': bucketOf,

  'storage.buckets.insert': ({ body, params }, world) => {
    const name = String(body['name'])
    if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) || /goog|^(\d+\.){3}\d+$/.test(name))
      throw refused(STORAGE_REFUSALS['bucket-name-invalid'], name)
    if (world.takenBuckets.has(name)) throw refused(STORAGE_REFUSALS['bucket-name-taken'])
    if (world.resources.has(bucketKey(name))) throw refused(STORAGE_REFUSALS['bucket-already-yours'])
    if (params['project'] !== world.projectId) throw new ApiError(403, 'forbidden', 'not your project')
    const first = defaults(world)
    const asked = mergePatch(first, body) as Json
    assertValid(asked)
    const location = String(asked['location']).toUpperCase()
    const bucket = {
      ...settled(first, asked, world),
      id: name,
      location,
      locationType: location.includes('-') ? 'region' : 'multi-region',
      projectNumber: world.projectNumber,
      timeCreated: world.time,
    }
    world.resources.set(bucketKey(name), bucket)
    const basic = (kind: string, members: readonly string[]) => ({
      role: `roles/storage.${kind}`,
      members: members.map((member) => `${member}:${world.projectId}`),
    })
    // https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable
    world.resources.set(policyKey(bucketKey(name)), {
      kind: 'storage#policy',
      version: 1,
      etag: world.etag(),
      bindings: [
        basic('legacyBucketOwner', ['projectEditor', 'projectOwner']),
        basic('legacyBucketReader', ['projectViewer']),
        basic('legacyObjectOwner', ['projectEditor', 'projectOwner']),
        basic('legacyObjectReader', ['projectViewer']),
      ],
    })
    return bucket
  },

  'storage.buckets.patch': (request, world) => {
    const bucket = bucketOf(request, world)
    const patched = mergePatch(bucket, request.body) as Json
    if (String(patched['location']).toUpperCase() !== bucket['location'])
      throw refused(STORAGE_REFUSALS['bucket-location-fixed'])
    const policy = bucket['retentionPolicy'] as
      | { readonly isLocked?: boolean; readonly retentionPeriod?: string }
      | undefined
    const period = Number(
      (patched['retentionPolicy'] as { retentionPeriod?: string } | undefined)?.retentionPeriod ?? 0,
    )
    if (policy?.isLocked === true && period < Number(policy.retentionPeriod))
      throw refused(STORAGE_REFUSALS['retention-locked'])
    const uniform = (each: Json) =>
      (each['iamConfiguration'] as { uniformBucketLevelAccess: { enabled?: boolean; lockedTime?: string } })
        .uniformBucketLevelAccess
    const locked = uniform(bucket).lockedTime
    if (uniform(patched).enabled !== true && locked !== undefined && Date.parse(locked) <= world.now)
      throw refused(STORAGE_REFUSALS['uniform-access-fixed'])
    assertValid(patched)
    const set = settled(bucket, patched, world)
    world.resources.set(bucketKey(String(bucket['name'])), set)
    return set
  },

  'storage.buckets.lockRetentionPolicy': (request, world) => {
    const bucket = bucketOf(request, world)
    const policy = bucket['retentionPolicy']
    if (!isObject(policy)) throw refused(STORAGE_REFUSALS['lock-without-policy'])
    const set = settled(bucket, { ...bucket, retentionPolicy: { ...policy, isLocked: true } }, world)
    world.resources.set(bucketKey(String(bucket['name'])), { ...set, retentionPolicy: { ...policy, isLocked: true } })
    return world.get(bucketKey(String(bucket['name'])))
  },

  'storage.objects.list': (request, world) => {
    bucketOf(request, world)
    const count = Math.min(world.objects.get(request.params['bucket'] ?? '') ?? 0, Number(request.params['maxResults']))
    return {
      kind: 'storage#objects',
      items: Array.from({ length: count }, (_, index) => ({ name: `object-${index}` })),
    }
  },

  'storage.buckets.getIamPolicy': getPolicy(keyOf),

  'storage.buckets.setIamPolicy': (request, world) => {
    const { bindings = [] } = request.body as {
      readonly bindings?: readonly { readonly members?: readonly string[] }[]
    }
    const iam = bucketOf(request, world)['iamConfiguration'] as { readonly publicAccessPrevention?: string }
    const isPublic = bindings.some(({ members }) =>
      members?.some((member) => ['allUsers', 'allAuthenticatedUsers'].includes(member)),
    )
    if (isPublic && iam.publicAccessPrevention === 'enforced')
      throw refused(STORAGE_REFUSALS['public-access-prevented'])
    return setPolicy(keyOf, ({ body }) => body, STORAGE_REFUSALS['policy-changed-meanwhile'])(request, world)
  },
}
