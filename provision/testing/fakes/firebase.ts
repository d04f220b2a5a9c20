/** Firebase's projects, and their links to buckets. https://firebase.google.com/docs/reference/firebase-management/rest */
import { polled, started } from '../operations.ts'
import { notFound, refused, type Fake, type Refusals, type World } from '../world.ts'
import { bucketKey } from './storage.ts'

const SERVICE = 'firebase.googleapis.com'

export const FIREBASE_REFUSALS = {
  'firebase-already-added': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Requested entity already exists',
    documentation: 'https://firebase.google.com/docs/reference/firebase-management/rest/v1beta1/projects/addFirebase',
  },
  'firebase-terms': {
    status: 403,
    reason: 'PERMISSION_DENIED',
    message: 'The caller does not have permission',
    documentation: 'https://firebase.google.com/docs/projects/use-firebase-with-existing-cloud-project',
  },
  'bucket-already-linked': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'The bucket is already linked to the project',
    documentation: 'https://firebase.google.com/docs/reference/rest/storage/rest/v1beta/projects.buckets/addFirebase',
  },
  'bucket-not-there': {
    status: 404,
    reason: 'NOT_FOUND',
    message: 'The bucket does not exist',
    documentation: 'https://firebase.google.com/docs/reference/rest/storage/rest/v1beta/projects.buckets/addFirebase',
  },
  'project-without-firebase': {
    status: 403,
    reason: 'PERMISSION_DENIED',
    message: 'The project is not a Firebase project',
    documentation: 'https://firebase.google.com/docs/storage/gcp-integration',
  },
} as const satisfies Refusals

export const firebaseKey = (world: World) => `${SERVICE}/projects/${world.projectId}`
export const linkKey = (world: World, bucket: string) =>
  `firebasestorage.googleapis.com/projects/${world.projectId}/buckets/${bucket}`

const linkOf = (name: string | undefined, world: World): string => {
  const bucket = new RegExp(`^projects/(?:${world.projectId}|${world.projectNumber})/buckets/([^/]+)$`).exec(
    name ?? '',
  )?.[1]
  if (bucket === undefined) throw notFound(String(name))
  return bucket
}

export const FIREBASE: Fake = {
  'firebase.projects.get': (_, world) => world.get(firebaseKey(world)),

  'firebase.projects.addFirebase': (_, world) => {
    if (!world.hasFirebaseTerms) throw refused(FIREBASE_REFUSALS['firebase-terms'])
    if (world.resources.has(firebaseKey(world))) throw refused(FIREBASE_REFUSALS['firebase-already-added'])
    const { projectId, projectNumber } = world
    const project = { name: `projects/${projectId}`, projectId, projectNumber, displayName: projectId, state: 'ACTIVE' }
    world.resources.set(firebaseKey(world), project)
    return started(world, SERVICE, '', project)
  },

  'firebase.operations.get': polled(SERVICE),

  'firebasestorage.projects.buckets.get': ({ params }, world) =>
    world.get(linkKey(world, linkOf(params['name'], world))),

  'firebasestorage.projects.buckets.addFirebase': ({ params }, world) => {
    const bucket = linkOf(params['bucket'], world)
    if (!world.resources.has(firebaseKey(world))) throw refused(FIREBASE_REFUSALS['project-without-firebase'])
    if (!world.resources.has(bucketKey(bucket))) throw refused(FIREBASE_REFUSALS['bucket-not-there'])
    if (world.resources.has(linkKey(world, bucket))) throw refused(FIREBASE_REFUSALS['bucket-already-linked'])
    world.resources.set(linkKey(world, bucket), { name: `projects/${world.projectNumber}/buckets/${bucket}` })
    return world.get(linkKey(world, bucket))
  },
}
