/** What has a policy, and how each service lets it be read and set. */
import { accountResourceName, accountUrl, emailOf, memberOf, type FunctionName } from './accounts.ts'
import { datasetResourceName } from './bigquery.ts'
import { POLICY_VERSION, type Grant, type Policy } from './iam-policy.ts'
import { RIGHTS, type On } from './iam-roles.ts'
import type { Project } from './project.ts'
import { ApiError, type GoogleApi } from './resource.ts'
import { bucketResourceName } from './storage.ts'

/** Something that says who may do what with it. */
export interface Holder {
  /** For people: `bucket my-raw`. */
  readonly name: string
  /** Null where it is not there (yet). Throws where its API is not enabled. */
  read(api: GoogleApi): Promise<Policy | null>
  /** Throws an {@link ApiError} of 409 or 412 where another has changed it since it was read. */
  write(api: GoogleApi, policy: Policy): Promise<void>
  /** The commands that give and take a grant by hand. */
  addition(grant: Grant): string
  removal(grant: Grant): string
}

interface Held {
  readonly holder: Holder
  /** Names of the resources that make it. */
  readonly needs: readonly string[]
}

export interface WantedGrant extends Held {
  readonly grant: Grant
  readonly because: string
}

async function policyOrNull(ask: () => Promise<Policy>): Promise<Policy | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

const conditionFlag = ({ condition }: Grant) =>
  condition === undefined ? '' : ` --condition='expression=${condition.expression},title=${condition.title}'`
const binding = (grant: Grant) => `--member='${grant.member}' --role='${grant.role}'${conditionFlag(grant)}`

type Command = (verb: 'add' | 'remove', binding: string) => string

/** How the version is asked for: services differ. */
type Reading = 'GET' | 'POST with a query' | 'POST with a body'

/** As google.iam.v1.IAMPolicy has it by REST. */
function standard(name: string, resource: string, reading: Reading, gcloud: Command): Holder {
  const url = `${resource}:getIamPolicy`
  const query = { 'options.requestedPolicyVersion': String(POLICY_VERSION) }
  const calls = {
    GET: { method: 'GET', url, query },
    'POST with a query': { method: 'POST', url, query },
    'POST with a body': { method: 'POST', url, body: { options: { requestedPolicyVersion: POLICY_VERSION } } },
  } as const
  return {
    name,
    read: (api) => policyOrNull(() => api.call<Policy>(calls[reading])),
    write: async (api, policy) => {
      await api.call({ method: 'POST', url: `${resource}:setIamPolicy`, body: { policy } })
    },
    addition: (grant) => gcloud('add', binding(grant)),
    removal: (grant) => gcloud('remove', binding(grant)),
  }
}

export const projectHolder = ({ projectId: id }: Project): Holder =>
  standard(
    `project ${id}`,
    `https://cloudresourcemanager.googleapis.com/v3/projects/${id}`,
    'POST with a body',
    (verb, what) => `gcloud projects ${verb}-iam-policy-binding ${id} ${what}`,
  )

/** https://cloud.google.com/storage/docs/json_api/v1/buckets/setIamPolicy */
export function bucketHolder(bucket: string): Holder {
  const url = `https://storage.googleapis.com/storage/v1/b/${bucket}/iam`
  return {
    name: `bucket ${bucket}`,
    read: (api) =>
      policyOrNull(() =>
        api.call<Policy>({ method: 'GET', url, query: { optionsRequestedPolicyVersion: String(POLICY_VERSION) } }),
      ),
    write: async (api, policy) => {
      await api.call({ method: 'PUT', url, body: policy })
    },
    addition: (grant) => `gcloud storage buckets add-iam-policy-binding gs://${bucket} ${binding(grant)}`,
    removal: (grant) => `gcloud storage buckets remove-iam-policy-binding gs://${bucket} ${binding(grant)}`,
  }
}

interface Access {
  readonly role?: string
  readonly userByEmail?: string
  readonly groupByEmail?: string
  /** What is neither: principal://... */
  readonly iamMember?: string
  readonly condition?: object
}

/** BigQuery answers with its older names. https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.access */
const DATASET_ROLES: Readonly<Record<string, string>> = {
  'roles/bigquery.dataEditor': 'WRITER',
  'roles/bigquery.dataViewer': 'READER',
  'roles/bigquery.dataOwner': 'OWNER',
}

/**
 * A dataset has a list of entries instead of a policy, and no way to say which state of it was read (it would be a header): only the list is sent, right after it was
 * read, and others' entries go back as they came.
 */
export function datasetHolder(project: string, dataset: string): Holder {
  const url = `https://bigquery.googleapis.com/bigquery/v2/projects/${project}/datasets/${dataset}`
  const version = { accessPolicyVersion: String(POLICY_VERSION) }
  const read = (api: GoogleApi) =>
    api.call<{ readonly access?: readonly Access[] }>({ method: 'GET', url, query: version })
  return {
    name: `dataset ${dataset}`,
    read: (api) =>
      policyOrNull(async () => {
        const { access = [] } = await read(api)
        return { bindings: access.filter(({ condition }) => condition === undefined).flatMap(bindingOf) }
      }),
    write: async (api, policy) => {
      const { access = [] } = await read(api)
      const there = access.filter(({ condition }) => condition === undefined).flatMap(bindingOf)
      const added = (policy.bindings ?? []).flatMap(({ role, members = [] }) =>
        members
          .filter((member) => !there.some((each) => each.role === role && each.members.includes(member)))
          .map((member) => ({ role: DATASET_ROLES[role] ?? role, ...entryOf(member) })),
      )
      const query = { ...version, updateMode: 'UPDATE_ACL' }
      await api.call({ method: 'PATCH', url, query, body: { access: [...access, ...added] } })
    },
    addition: (grant) => `bq add-iam-policy-binding ${binding(grant)} ${project}:${dataset}`,
    removal: (grant) => `bq remove-iam-policy-binding ${binding(grant)} ${project}:${dataset}`,
  }
}

/** A member as a dataset's list has it, and back. */
function entryOf(member: string): Access {
  const [, kind, email = ''] = /^(user|serviceAccount|group):(.+)$/.exec(member) ?? []
  if (kind === undefined) return { iamMember: member }
  return kind === 'group' ? { groupByEmail: email } : { userByEmail: email }
}

function bindingOf({ role, userByEmail, groupByEmail, iamMember }: Access) {
  const kind = userByEmail?.endsWith('.gserviceaccount.com') === true ? 'serviceAccount' : 'user'
  const member =
    userByEmail !== undefined
      ? `${kind}:${userByEmail}`
      : groupByEmail !== undefined
        ? `group:${groupByEmail}`
        : iamMember
  if (role === undefined || member === undefined) return []
  const [newer = role] = Object.entries(DATASET_ROLES).find(([, older]) => older === role) ?? []
  return [{ role: newer, members: [member] }]
}

export const secretHolder = (project: string, secret: string): Holder =>
  standard(
    `secret ${secret}`,
    `https://secretmanager.googleapis.com/v1/projects/${project}/secrets/${secret}`,
    'GET',
    (verb, what) => `gcloud secrets ${verb}-iam-policy-binding ${secret} --project ${project} ${what}`,
  )

export const accountHolder = (project: string, email: string): Holder =>
  standard(
    `account ${email.split('@')[0]}`,
    accountUrl(project, email),
    'POST with a query',
    (verb, what) => `gcloud iam service-accounts ${verb}-iam-policy-binding ${email} --project ${project} ${what}`,
  )

/** There once redrive has been deployed. */
export const queueHolder = ({ projectId: id, location }: Project, queue: FunctionName): Holder =>
  standard(
    `queue ${queue}`,
    `https://cloudtasks.googleapis.com/v2/projects/${id}/locations/${location}/queues/${queue}`,
    'POST with a body',
    (verb, what) =>
      `gcloud tasks queues ${verb}-iam-policy-binding ${queue} --location ${location} --project ${id} ${what}`,
  )

/** Cloud Functions calls the service of a function by its name in small letters. https://cloud.google.com/functions/docs/concepts/version-comparison */
export const serviceOf = (name: FunctionName) => name.toLowerCase()

/** There once the function has been deployed. */
export const serviceHolder = ({ projectId: id, location }: Project, name: FunctionName): Holder =>
  standard(
    `service ${serviceOf(name)}`,
    `https://run.googleapis.com/v2/projects/${id}/locations/${location}/services/${serviceOf(name)}`,
    'GET',
    (verb, what) =>
      `gcloud run services ${verb}-iam-policy-binding ${serviceOf(name)} --region ${location} --project ${id} ${what}`,
  )

/** All that a table's `on` means in this project. `name`: whose table it is; null: no function's. */
export function holdersOf(on: On, project: Project, name: FunctionName | null): readonly Held[] {
  const { projectId: id, settings } = project
  const bucket = (bucketName: string) => ({ holder: bucketHolder(bucketName), needs: [bucketResourceName(bucketName)] })
  const dataset = (datasetName: string) => ({
    holder: datasetHolder(id, datasetName),
    needs: [datasetResourceName(datasetName)],
  })
  switch (on) {
    case 'project':
    case 'database':
      return [{ holder: projectHolder(project), needs: [] }]
    case 'raw bucket':
      return [bucket(settings.rawBucket)]
    case 'processed bucket':
      return [bucket(settings.processedBucket)]
    case 'KAFKA_DATAREF_BUCKETS':
      // Others', so that nothing here makes them.
      return settings.kafka.datarefBuckets.map((each) => ({ holder: bucketHolder(each), needs: [] }))
    case 'dataset':
      return [dataset(settings.bigqueryDataset)]
    case 'staging dataset':
      return [dataset(`${settings.bigqueryDataset}_staging`)]
    case 'secret KAFKA_PASSWORD':
      return usesPassword(project) ? [{ holder: secretHolder(id, 'KAFKA_PASSWORD'), needs: [SECRET_RESOURCE] }] : []
    case 'itself':
      return name === null ? [] : [{ holder: accountHolder(id, emailOf(id, name)), needs: [accountResourceName(name)] }]
    case 'queue redrive':
      return [{ holder: queueHolder(project, 'redrive'), needs: [] }]
    case 'service processImage':
      return [{ holder: serviceHolder(project, 'processImage'), needs: [] }]
    case 'service redrive':
      return [{ holder: serviceHolder(project, 'redrive'), needs: [] }]
  }
}

/** For {@link Resource.needs}. */
export const SECRET_RESOURCE = 'secret KAFKA_PASSWORD'

/** As bridgeSecrets() in functions/src/config/deployment.ts. */
export const usesPassword = ({ settings: { kafka } }: Project) =>
  kafka.brokers.length > 0 && kafka.security === 'SASL_SSL'

/** Firestore has no policies of its own. https://cloud.google.com/firestore/docs/manage-databases#per-database_access_permissions */
export const databaseCondition = (project: string) => ({
  title: 'Darkroom: Firestore (default)',
  expression: `resource.name == "projects/${project}/databases/(default)"`,
})

/** All that a function's account may do in this project. */
export const grantsOf = (project: Project, name: FunctionName): readonly WantedGrant[] =>
  RIGHTS[name].flatMap(({ role, on, because }) =>
    holdersOf(on, project, name).map(({ holder, needs }) => ({
      holder,
      needs: [...needs, accountResourceName(name)],
      grant: {
        role,
        member: memberOf(project.projectId, name),
        ...(on === 'database' && { condition: databaseCondition(project.projectId) }),
      },
      because,
    })),
  )
