/**
 * What each function's account may do: the least that its code needs, read off that code. Everything else in iam*.ts follows from these tables; why what stays
 * broader than wished is so stands in docs/decisions/rights.md. What a role permits: https://cloud.google.com/iam/docs/roles-permissions
 */
import { SMOKE_CUSTOMER } from '../functions/src/contract/names.ts'
import type { FunctionName } from './accounts.ts'

/**
 * Where a role is given. `database` is the project, on the condition that it is about Firestore's database (default); `itself` is the account's own policy;
 * services are those of Cloud Run behind a function, there only once it has been deployed, and so is the queue.
 */
export type On =
  | 'project'
  | 'database'
  | 'raw bucket'
  | 'processed bucket'
  | 'KAFKA_DATAREF_BUCKETS'
  | 'dataset'
  | 'staging dataset'
  | 'secret KAFKA_PASSWORD'
  | 'itself'
  | 'queue redrive'
  | 'service processImage'
  | 'service redrive'

export interface Right {
  readonly role: `roles/${string}`
  readonly on: On
  /** What the function does with it. */
  readonly because: string
}

const right = (role: Right['role'], on: On, because: string): Right => ({ role, on, because })

/** Without the right to list, Cloud Storage says 403 where an object isn't there: objectViewer has both. */
const READ_RAW = right(
  'roles/storage.objectViewer',
  'raw bucket',
  'stats and reads the image, also where it may be gone',
)
/** Neither overwrites nor deletes: create-only is what it can. */
const WRITE_RESULTS = [
  right('roles/storage.objectCreator', 'processed bucket', 'creates results'),
  right('roles/storage.objectViewer', 'processed bucket', 'compares checksums where a result exists already'),
]
const RECORDS = right('roles/datastore.user', 'database', 'claims, commits, reads and writes records, in transactions')
/** firebase-admin puts the caller's own account into the task, which Cloud Tasks then calls redrive with. */
const HAND_TO_REDRIVE = [
  right('roles/cloudtasks.enqueuer', 'queue redrive', 'creates a task for an image'),
  right(
    'roles/iam.serviceAccountUser',
    'itself',
    'names itself in the task: its identity is what Cloud Tasks calls with',
  ),
  right('roles/run.invoker', 'service redrive', 'its task is let in'),
]
const RUN_JOBS = right(
  'roles/bigquery.jobUser',
  'project',
  'runs jobs: there is nothing below the project to give it on',
)

/** Each of the admin's callables. */
const ADMIN_RECORDS = right('roles/datastore.user', 'database', 'asks whether the caller is an admin, keeps audit/')
const KAFKA_PASSWORD = right('roles/secretmanager.secretAccessor', 'secret KAFKA_PASSWORD', 'signs in to Kafka')
const READ_BUCKET = 'roles/storage.bucketViewer'
const EXPORT = [
  RUN_JOBS,
  right(
    'roles/bigquery.resourceViewer',
    'project',
    'sees how a job ended that another has begun: a person, by erase-customer, or the other function that exports',
  ),
  right('roles/bigquery.dataEditor', 'dataset', 'makes and migrates tables and views, merges rows'),
  right('roles/bigquery.dataEditor', 'staging dataset', 'loads pages into tables that last a day'),
]

export const RIGHTS: Readonly<Record<FunctionName, readonly Right[]>> = {
  bridgeKafka: [
    right('roles/storage.objectCreator', 'raw bucket', 'creates images'),
    right('roles/storage.objectViewer', 'raw bucket', 'compares checksums where an image exists already'),
    right('roles/storage.objectViewer', 'KAFKA_DATAREF_BUCKETS', 'reads what a ce_dataref names'),
    right('roles/datastore.user', 'database', 'tells bridges/ how far it is, reads records to answer'),
    KAFKA_PASSWORD,
  ],
  processImage: [
    right(
      'roles/eventarc.eventReceiver',
      'project',
      "receives the bucket's events: Eventarc has it on the project only",
    ),
    right('roles/run.invoker', 'service processImage', 'its trigger is let in'),
    READ_RAW,
    ...WRITE_RESULTS,
    RECORDS,
    ...HAND_TO_REDRIVE,
  ],
  redrive: [
    READ_RAW,
    ...WRITE_RESULTS,
    RECORDS,
    right(
      'roles/run.invoker',
      'service redrive',
      "an admin's task is let in: a person has no account that it could name",
    ),
  ],
  exportToBigQuery: [
    right('roles/datastore.user', 'database', 'reads records and counters, keeps its lease, cursor and report'),
    ...EXPORT,
  ],
  reconcile: [
    right('roles/storage.objectViewer', 'raw bucket', 'lists raw images'),
    right('roles/datastore.user', 'database', 'looks for records and what is due, keeps its cursor'),
    ...HAND_TO_REDRIVE,
  ],
  recount: [
    right('roles/datastore.user', 'database', 'counts records, repairs counters'),
    RUN_JOBS,
    right('roles/bigquery.dataViewer', 'dataset', 'counts rows and keys'),
  ],
  rollup: [right('roles/datastore.user', 'database', 'reads counters, writes what they add up to')],
  customerImages: [
    right('roles/datastore.user', 'database', "opens, deletes and restores a customer's records, in transactions"),
    right('roles/storage.objectViewer', 'raw bucket', 'looks whether an original is still there'),
    ...HAND_TO_REDRIVE,
  ],
  customerLinks: [right('roles/datastore.user', 'database', "reads a customer's records, writes its links")],
  customerAccount: [
    right('roles/datastore.viewer', 'database', "asks whether the customer's data was deleted"),
    right(
      'roles/firebaseauth.admin',
      'project',
      "ends a user's sessions: no smaller role does, and none below a project",
    ),
  ],
  adminSettings: [ADMIN_RECORDS],
  adminReplay: [ADMIN_RECORDS, READ_RAW, ...HAND_TO_REDRIVE],
  adminLetters: [ADMIN_RECORDS, KAFKA_PASSWORD],
  adminExport: [ADMIN_RECORDS, ...EXPORT],
  adminHealth: [
    ADMIN_RECORDS,
    RUN_JOBS,
    right('roles/bigquery.dataViewer', 'dataset', 'counts rows'),
    right(READ_BUCKET, 'raw bucket', 'reads back how long it keeps'),
    right(READ_BUCKET, 'processed bucket', 'reads back how long it keeps, and that nobody can shorten it'),
  ],
  // All the world may call it: it writes nowhere.
  openLink: [
    right('roles/datastore.viewer', 'database', 'looks for the link and its image'),
    right('roles/storage.objectViewer', 'processed bucket', 'reads the result, also where it may be gone'),
  ],
}

/** What Google's own agents, and the account that functions are built with, need on the project. N is the project's number. */
export const AGENT_RIGHTS = [
  {
    agent: 'storage',
    role: 'roles/pubsub.publisher',
    because: "publishes the raw bucket's events: https://cloud.google.com/eventarc/docs/all-roles-permissions",
  },
  {
    agent: 'eventarc',
    role: 'roles/eventarc.serviceAgent',
    because: 'makes the trigger; Google gives it by itself, but not again where it was taken away',
  },
  {
    agent: 'build',
    role: 'roles/cloudbuild.builds.builder',
    because:
      'builds functions; firebase deploy can name no other account: https://cloud.google.com/build/docs/cloud-build-service-account-updates',
  },
] as const

/** What `firebase deploy` needs of whoever runs it: `--deployer MEMBER`. Besides, serviceAccountUser on each function's account. */
export const DEPLOYER_RIGHTS = [
  {
    role: 'roles/cloudfunctions.admin',
    because: 'functions, their triggers, and who may invoke those that are scheduled',
  },
  { role: 'roles/cloudscheduler.admin', because: 'the schedules' },
  { role: 'roles/cloudtasks.queueAdmin', because: "redrive's queue" },
  { role: 'roles/firebasehosting.admin', because: 'the web page; it also has firebase.projects.get' },
  { role: 'roles/firebaserules.admin', because: 'the rules of Firestore and Storage' },
  { role: 'roles/datastore.indexAdmin', because: 'indexes and the TTL' },
  { role: 'roles/serviceusage.serviceUsageAdmin', because: 'asks on every run for the agents of Pub/Sub and Eventarc' },
  { role: 'roles/browser', because: "reads the project's policy, to find that nothing is missing in it" },
  { role: 'roles/secretmanager.viewer', because: 'looks whether KAFKA_PASSWORD has a version; never its value' },
] as const

export interface SmokeRight {
  readonly role: `roles/${string}`
  readonly on: Extract<On, 'project' | 'database' | 'raw bucket' | 'processed bucket' | 'dataset'>
  /** Only objects whose names begin so. */
  readonly objects?: string
  readonly because: string
}

/**
 * What the smoke test of `npm run deploy` does (deploy/smoke.ts), as whoever deploys: no more than it could do anyhow by deploying code that runs as a function's account,
 * but without that detour, and of objects only the test's own. Asking for an export is in cloudscheduler.admin.
 */
export const SMOKE_RIGHTS: readonly SmokeRight[] = [
  {
    role: 'roles/storage.objectCreator',
    on: 'raw bucket',
    objects: `web/${SMOKE_CUSTOMER}/`,
    because: 'puts an image there',
  },
  {
    role: 'roles/storage.objectViewer',
    on: 'processed bucket',
    objects: `${SMOKE_CUSTOMER}/`,
    because: 'looks whether its results are there',
  },
  { role: 'roles/datastore.viewer', on: 'database', because: 'waits for its record, and asks whether all is paused' },
  { role: 'roles/bigquery.jobUser', on: 'project', because: 'asks BigQuery for its row' },
  { role: 'roles/bigquery.dataViewer', on: 'dataset', because: 'reads its row' },
]
