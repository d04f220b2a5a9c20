import { accountResources } from './accounts.ts'
import { artifacts } from './artifacts.ts'
import { datasets } from './bigquery.ts'
import { firebaseLink, firebaseProject } from './firebase.ts'
import { firestore } from './firestore.ts'
import { deployerEmail, githubGrants, githubResources, type GitHub } from './github.ts'
import { rightsResources } from './iam.ts'
import { monitoringResources } from './monitoring.ts'
import type { Project } from './project.ts'
import type { Resource } from './resource.ts'
import { secretResources } from './secrets.ts'
import { services } from './services.ts'
import { signIn } from './sign-in.ts'
import { bucketResources, wantedBuckets } from './storage.ts'
import { topicResources, type OpenBrokers } from './topics.ts'

export interface Others {
  /** Who else runs `firebase deploy`, as IAM writes it; null: nobody is given the rights for it. */
  readonly deployer: string | null
  /** Whose jobs deploy as an account of their own; null: none. */
  readonly github: GitHub | null
  readonly brokers: OpenBrokers
}

/** Everything that a project needs, in the order in which it is made: each after what it needs. */
export function resourcesOf(project: Project, { deployer, github, brokers }: Others): readonly Resource[] {
  const { raw, processed } = wantedBuckets(project)
  const deployers = [
    ...(github === null ? [] : [`serviceAccount:${deployerEmail(project.projectId)}`]),
    ...(deployer === null ? [] : [deployer]),
  ]
  return [
    services(project),
    firebaseProject(project),
    signIn(project),
    artifacts(project),
    ...firestore(project),
    ...bucketResources(project),
    firebaseLink(project, raw.name),
    firebaseLink(project, processed.name),
    ...datasets(project),
    ...accountResources(project.projectId),
    ...secretResources(project),
    ...(github === null ? [] : githubResources(project, github)),
    ...rightsResources(project, deployers, github === null ? [] : githubGrants(project, github)),
    ...monitoringResources(project),
    ...topicResources(project.settings, brokers),
  ]
}
