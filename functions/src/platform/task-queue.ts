import { getApps, initializeApp, type AppOptions } from 'firebase-admin/app'
import { getFunctions } from 'firebase-admin/functions'
import { ACCOUNTS } from '../config/deployment.ts'
import { redriveTaskId, type RedriveTask } from '../intake/redrive-task.ts'

/** Puts images into the redrive function's queue. A task of the same name that waits or ran within the hour is success. */
export function redriveQueue(location: string, deadlineSeconds: number): (task: RedriveTask) => Promise<void> {
  if (getApps().length === 0) {
    const options = callerOf(process.env)
    // Without any, it reads FIREBASE_CONFIG, which functions have.
    if (options === null) initializeApp()
    else initializeApp(options)
  }
  const queue = getFunctions().taskQueue<RedriveTask>(`locations/${location}/functions/redrive`)
  return async (task) => {
    try {
      await queue.enqueue(task, { id: redriveTaskId(task, Date.now()), dispatchDeadlineSeconds: deadlineSeconds })
    } catch (error) {
      if ((error as { code?: string }).code !== 'functions/task-already-exists') throw error
    }
  }
}

/**
 * As whom Cloud Tasks calls redrive. A function names itself, which firebase-admin finds out (null). A person's credentials have no account that
 * could be named: an admin's command names redrive's own, and may act as it. The emulator asks for none.
 */
export function callerOf(env: Readonly<Record<string, string | undefined>>): AppOptions | null {
  const project = env['GCLOUD_PROJECT']
  // Cloud Run sets it: https://cloud.google.com/run/docs/container-contract#services-env-vars
  const isFunction = env['K_SERVICE'] !== undefined || env['FUNCTIONS_EMULATOR'] === 'true'
  if (isFunction || env['CLOUD_TASKS_EMULATOR_HOST'] !== undefined || project === undefined) return null
  return { projectId: project, serviceAccountId: `${ACCOUNTS.redrive}@${project}.iam.gserviceaccount.com` }
}
