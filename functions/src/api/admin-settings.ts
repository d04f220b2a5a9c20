/** What an admin sets on the page: a customer's own limits and profiles, and the pause. The same as `npm run admin` does. */
import type { SettingsRequest } from '../contract/admin.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Profiles } from '../processing/profile.ts'
import type { CallContext } from './callable.ts'
import { pauseProcessing, resumeProcessing, setFormats, setQuota } from './controls.ts'
import { clearOverride, setOverride } from './profiles.ts'

export interface SettingsDeps {
  readonly store: Pick<DocumentStore, 'transact'>
  /** The project's own. */
  readonly profiles: Profiles
}

/** Throws a RangeError or a ProfileError that says what is wrong; then nothing is changed. */
export async function changeSettings(
  { store, profiles }: SettingsDeps,
  request: SettingsRequest,
  { by }: Pick<CallContext, 'by'>,
): Promise<Readonly<Record<string, never>>> {
  switch (request.action) {
    case 'quota':
      await setQuota(store, request.customerId, request.quota, by)
      break
    case 'formats':
      await setFormats(store, request.customerId, request.formats, by)
      break
    case 'profiles':
      if (request.profiles === null) await clearOverride(store, request.customerId)
      else await setOverride(store, profiles, request.customerId, request.profiles, by)
      break
    case 'pause':
      await pauseProcessing(store, request.reason, by)
      break
    case 'resume':
      await resumeProcessing(store, by)
      break
  }
  return {}
}
