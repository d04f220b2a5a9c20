import { getApps, initializeApp } from 'firebase-admin/app'
import { getFunctions } from 'firebase-admin/functions'
import { redriveTaskId, type RedriveTask } from '../intake/redrive-task.ts'

/** Puts images into the redrive function's queue. A task of the same name that waits or ran within the hour is success. */
export function redriveQueue(location: string, deadlineSeconds: number): (task: RedriveTask) => Promise<void> {
  if (getApps().length === 0) initializeApp()
  const queue = getFunctions().taskQueue<RedriveTask>(`locations/${location}/functions/redrive`)
  return async (task) => {
    try {
      await queue.enqueue(task, { id: redriveTaskId(task, Date.now()), dispatchDeadlineSeconds: deadlineSeconds })
    } catch (error) {
      if ((error as { code?: string }).code !== 'functions/task-already-exists') throw error
    }
  }
}
