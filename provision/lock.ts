/** The one thing that can't be undone: so it is asked for twice, and only done where everything is as it is meant to be. */
import { DAY_SECONDS, proveRetention } from '../functions/src/config/retention.ts'
import type { Project } from './project.ts'
import { Obstacle, type GoogleApi } from './resource.ts'
import { bucketUrl, readBucket, wantedBuckets } from './storage.ts'

export interface Asked {
  readonly say: (line: string) => void
  /** The bucket's name, typed by whoever means it. */
  readonly confirm: (question: string) => Promise<string>
}

/**
 * Makes the retention policy of the processed bucket irrevocable. Returns whether it is locked now. Throws an {@link Obstacle} where the policy is not the configured one or
 * the bucket would not keep its promise.
 * https://cloud.google.com/storage/docs/json_api/v1/buckets/lockRetentionPolicy
 */
export async function lockRetention(api: GoogleApi, project: Project, { say, confirm }: Asked): Promise<boolean> {
  const { processed } = wantedBuckets(project)
  const { name, days } = processed
  const bucket = await readBucket(api, name)
  if (bucket === null) throw new Obstacle(`there is no bucket ${name}: run npm run provision first`)
  const { retentionPeriod, isLocked } = bucket.retentionPolicy ?? {}
  if (isLocked === true) {
    say(`the retention policy of ${name} is locked already, at ${retentionPeriod} s`)
    return true
  }
  if (retentionPeriod !== String(days * DAY_SECONDS)) {
    throw new Obstacle(
      `the retention policy of ${name} is ${retentionPeriod ?? 0} s, and RETENTION_DAYS is ${days} (${days * DAY_SECONDS} s): only that one is locked. Run npm run provision first`,
    )
  }
  const { lines, problems } = proveRetention(bucket, processed, Date.now())
  if (problems.length > 0) throw new Obstacle(`${name} is not locked: ${problems.join('; ')}`)

  say(`Locking the retention policy of ${name} can never be undone, by nobody, Google included:`)
  for (const line of lines) say(`- now ${line}`)
  say(
    `- nobody will be able to delete or overwrite a result before it is ${days} days old: not a customer who asks for it, not an owner, not a law's deadline`,
  )
  say('- the policy can be made longer, never shorter, and never be taken away')
  say(
    '- the bucket can only be deleted once it is empty, and while it stands it is paid for; its project cannot be deleted either, since Google puts a lien on it',
  )
  const typed = await confirm(`Type the bucket's name to lock it: `)
  if (typed.trim() !== name) {
    say(`not locked: expected ${name}, and ${JSON.stringify(typed.trim())} came`)
    return false
  }
  // Just what was shown above, or not at all.
  const query = { ifMetagenerationMatch: String(bucket.metageneration) }
  await api.call({ method: 'POST', url: `${bucketUrl(name)}/lockRetentionPolicy`, query })
  say(`locked: the retention policy of ${name}, ${retentionPeriod} s`)
  return true
}
