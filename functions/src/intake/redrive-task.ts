/** What the redrive queue is given. */
export interface RedriveTask {
  readonly rawName: string
  readonly imageId: string
  readonly attempt: number
  readonly lost: number
}

/**
 * The task's name. Cloud Tasks drops a second task of the same name, so that reconcile may find the same image again while its
 * task still waits; the hour lets a task that ran out of retries be made again.
 */
export function redriveTaskId(task: RedriveTask, nowMillis: number): string {
  return `${task.imageId}-${task.attempt}-${task.lost}-${Math.floor(nowMillis / 3_600_000)}`
}
