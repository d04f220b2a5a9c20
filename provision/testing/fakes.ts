/** All fakes of Google's APIs: one file for each API. */
import { ARTIFACT_REGISTRY } from './fakes/artifact-registry.ts'
import { BIGQUERY } from './fakes/bigquery.ts'
import { DEPLOYED } from './fakes/deployed.ts'
import { FIREBASE } from './fakes/firebase.ts'
import { FIRESTORE } from './fakes/firestore.ts'
import { IAM } from './fakes/iam.ts'
import { IDENTITY_TOOLKIT } from './fakes/identity-toolkit.ts'
import { LOGGING } from './fakes/logging.ts'
import { MONITORING } from './fakes/monitoring.ts'
import { SECRET_MANAGER } from './fakes/secret-manager.ts'
import { SERVICE_USAGE } from './fakes/service-usage.ts'
import { CLOUD_STORAGE } from './fakes/storage.ts'
import { WORKLOAD_IDENTITY } from './fakes/workload-identity.ts'
import type { Fake } from './world.ts'

export const FAKES: Fake = {
  ...ARTIFACT_REGISTRY,
  ...SERVICE_USAGE,
  ...FIREBASE,
  ...FIRESTORE,
  ...CLOUD_STORAGE,
  ...BIGQUERY,
  ...IAM,
  ...IDENTITY_TOOLKIT,
  ...WORKLOAD_IDENTITY,
  ...SECRET_MANAGER,
  ...LOGGING,
  ...MONITORING,
  ...DEPLOYED,
}
