/** What start-up is measured of: each function, and beside it a process that imports the same SDKs and makes calls of the same kinds. */

import type { Sdk } from './child.ts'

export const FUNCTIONS = ['processImage', 'redrive', 'exportToBigQuery', 'reconcile'] as const
export type FunctionName = (typeof FUNCTIONS)[number]

/** Names of raw objects that the events are about; the functions on a schedule have none. */
export type Names = readonly [first: string, second: string]

/** Marks `loaded`, `first` and `second`: after loading, after the first event, after another one. */
const twice = (event: string) => `
mark('loaded')
await ${event}(names[0])
mark('first')
await ${event}(names[1])
mark('second')`

/** Everything that an event of the function loads on its way, loaded at once. Marks `loaded`. */
export function ourModules(name: FunctionName): string {
  const platform = name === 'exportToBigQuery' ? 'compose-export' : 'compose'
  const pixels = "const { warmSharp } = await import('./lib/processing/sharp.js')\nawait warmSharp()"
  return `
await import('./lib/index.js')
await import('./lib/platform/${platform}.js')
${name === 'processImage' || name === 'redrive' ? pixels : ''}
mark('loaded')`
}

/** The function as it is deployed; `folder` is where its index.js is, seen from functions/. */
export function ours(name: FunctionName, names: Names, folder = './lib'): string {
  const event = {
    processImage: '{ data: { name } }',
    redrive: '{ data: { rawName: name } }',
    exportToBigQuery: '{}',
    reconcile: '{}',
  }[name]
  return `
const names = ${JSON.stringify(names)}
const { ${name} } = await import('${folder}/index.js')
const event = (name) => ${name}.run(${event})
${twice('event')}`
}

const FIRESTORE = `
const firestore = new Firestore()
const transact = (id, state) => firestore.runTransaction(async (transaction) => {
  const document = firestore.doc('bare/' + id)
  await transaction.get(document)
  transaction.set(document, { state, updatedAt: FieldValue.serverTimestamp() })
})`

const IMAGE = (provider: string) => `
import '${provider}'
import 'thumbhash'
import { FieldValue, Firestore } from '@google-cloud/firestore'
import { Storage } from '@google-cloud/storage'
import sharp from 'sharp'
mark('loaded')
${FIRESTORE}
const storage = new Storage()
const event = async (name) => {
  const id = name.replaceAll('/', '_')
  const file = storage.bucket(process.env.RAW_BUCKET).file(name)
  await file.getMetadata()
  await transact(id, 'received')
  const [bytes] = await file.download()
  const sizes = [200, 800, 1600]
  const resized = (size) => sharp(bytes).autoOrient().resize(size, size, { fit: 'inside', withoutEnlargement: true })
  const made = await Promise.all(sizes.map((size) => resized(size).webp().toBuffer()))
  for (const [i, bytes] of made.entries()) {
    const output = storage.bucket(process.env.PROCESSED_BUCKET).file('bare/' + id + '/' + i)
    await output.save(bytes, { contentType: 'image/webp', resumable: false })
  }
  await transact(id, 'processed')
}`

const EXPORT = `
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import 'firebase-functions/v2/scheduler'
import { FieldValue, Firestore } from '@google-cloud/firestore'
import { BigQuery } from '@google-cloud/bigquery'
import { PassThroughClient } from 'google-auth-library'
mark('loaded')
${FIRESTORE}
const apiEndpoint = process.env.BIGQUERY_API_ENDPOINT
const bigQuery = new BigQuery({ projectId: process.env.GCLOUD_PROJECT, apiEndpoint, authClient: new PassThroughClient() })
const event = async () => {
  await transact('lease', 'held')
  await bigQuery.dataset(process.env.BIGQUERY_DATASET).getMetadata()
  await firestore.collectionGroup('images').where('exportShard', '==', 0).orderBy('updatedAt').limit(10).get()
  const stream = bigQuery.dataset(process.env.BIGQUERY_DATASET).table('bare').createWriteStream_({
    sourceFormat: 'NEWLINE_DELIMITED_JSON', schema: { fields: [{ name: 'at', type: 'TIMESTAMP' }] },
  })
  const submitted = once(stream, 'job')
  stream.end(JSON.stringify({ at: new Date() }))
  const [job] = await submitted
  while ((await job.getMetadata())[0].status.state !== 'DONE') await setTimeout(200)
  await transact('lease', 'free')
}`

const RECONCILE = `
import 'firebase-functions/v2/scheduler'
import { FieldValue, Firestore } from '@google-cloud/firestore'
import { Storage } from '@google-cloud/storage'
mark('loaded')
${FIRESTORE}
const storage = new Storage()
const event = async () => {
  await transact('sweep', 'begun')
  await firestore.collectionGroup('images').where('exportShard', '==', 0).orderBy('dueAt').limit(10).get()
  await storage.bucket(process.env.RAW_BUCKET).getFiles({ autoPaginate: false, maxResults: 10 })
  await transact('sweep', 'ended')
}`

const BARE: Readonly<Record<FunctionName, string>> = {
  processImage: IMAGE('firebase-functions/v2/storage'),
  redrive: IMAGE('firebase-functions/v2/tasks'),
  exportToBigQuery: EXPORT,
  reconcile: RECONCILE,
}

export const bare = (name: FunctionName, names: Names): string => `
${BARE[name]}
const names = ${JSON.stringify(names)}
await event(names[0])
mark('first')
await event(names[1])
mark('second')`

const CLIENTS = ['@google-cloud/firestore', '@google-cloud/storage'] as const
/** An event in which no pixel is touched. */
export const NO_PIXELS: readonly Sdk[] = ['firebase-functions', ...CLIENTS]

/** What a process of each function has loaded before its first event, and after some. */
export const SDKS_OF: Readonly<
  Record<FunctionName, { readonly before: readonly Sdk[]; readonly after: readonly Sdk[] }>
> = {
  processImage: { before: ['firebase-functions'], after: ['firebase-functions', ...CLIENTS, 'sharp'] },
  redrive: {
    before: ['firebase-functions', 'firebase-admin'],
    after: ['firebase-functions', 'firebase-admin', ...CLIENTS, 'sharp'],
  },
  exportToBigQuery: {
    before: ['firebase-functions'],
    after: ['firebase-functions', '@google-cloud/firestore', '@google-cloud/bigquery'],
  },
  reconcile: { before: ['firebase-functions'], after: NO_PIXELS },
}
