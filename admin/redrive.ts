import { locationIn } from '../functions/src/config/deployment.ts'
import type { Settings } from '../functions/src/config/settings.ts'
import { redriveQueue } from '../functions/src/platform/task-queue.ts'

/** The queue that what an admin starts goes through. */
export const adminRedrive = ({ leaseSeconds }: Pick<Settings, 'leaseSeconds'>) =>
  // Cloud Tasks takes no deadline below 15 s.
  redriveQueue(locationIn(process.env), Math.max(15, leaseSeconds))
