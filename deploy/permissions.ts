/**
 * What is asked of whoever deploys, before anything is changed: not the whole of a role, but what shows that it is there.
 * https://cloud.google.com/iam/docs/roles-permissions
 */
import type { DEPLOYER_RIGHTS } from '../provision/iam-roles.ts'

type DeployerRole = (typeof DEPLOYER_RIGHTS)[number]['role']

/** What `firebase deploy` itself checks, and what else it calls, by the role of `--deployer` that has it. */
export const DEPLOYER_PERMISSIONS: Readonly<Record<DeployerRole, readonly string[]>> = {
  'roles/cloudfunctions.admin': [
    'cloudfunctions.functions.create',
    'cloudfunctions.functions.delete',
    'cloudfunctions.functions.get',
    'cloudfunctions.functions.list',
    'cloudfunctions.functions.update',
    'cloudfunctions.operations.get',
  ],
  'roles/cloudscheduler.admin': ['cloudscheduler.jobs.create', 'cloudscheduler.jobs.run', 'cloudscheduler.jobs.update'],
  'roles/cloudtasks.queueAdmin': ['cloudtasks.queues.create', 'cloudtasks.queues.update'],
  'roles/firebasehosting.admin': ['firebase.projects.get', 'firebasehosting.sites.update'],
  'roles/firebaserules.admin': [
    'firebaserules.releases.create',
    'firebaserules.releases.update',
    'firebaserules.rulesets.create',
  ],
  'roles/datastore.indexAdmin': [
    'datastore.indexes.create',
    'datastore.indexes.delete',
    'datastore.indexes.list',
    'datastore.indexes.update',
  ],
  'roles/serviceusage.serviceUsageAdmin': ['serviceusage.services.enable', 'serviceusage.services.use'],
  'roles/browser': ['resourcemanager.projects.get', 'resourcemanager.projects.getIamPolicy'],
  'roles/secretmanager.viewer': ['secretmanager.versions.get'],
}

/** On the project, with the smoke test. A secret is only looked at where there is one. */
export const deployerPermissions = (usesPassword: boolean): readonly string[] =>
  Object.entries(DEPLOYER_PERMISSIONS)
    .filter(([role]) => role !== 'roles/secretmanager.viewer' || usesPassword)
    .flatMap(([, permissions]) => permissions)

/** Changing the project's policy: provision does it, and `firebase deploy` the first time. */
export const SET_POLICY = 'resourcemanager.projects.setIamPolicy'

/** What `npm run provision` needs besides. */
export const PROVISIONER_PERMISSIONS = [
  'bigquery.datasets.create',
  'iam.serviceAccounts.actAs',
  'iam.serviceAccounts.create',
  SET_POLICY,
  'storage.buckets.create',
] as const
