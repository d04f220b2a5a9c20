/** What each callable of the customer's page takes, field by field. */
import {
  MAX_IMAGES_PER_CALL,
  SHARE_DAYS,
  type CustomerCall,
  type CustomerCalls,
  type ImagesRequest,
  type LinksRequest,
  type ShareDays,
} from '../contract/customer.ts'
import { byAction, list, matching, object, oneOf, text, whole, wrong, type Check } from './check.ts'

const imageId = matching(/^[0-9a-f]{40}$/, 'an image’s id: 40 hexadecimal digits')
const linkId = matching(/^[0-9a-f]{64}$/, 'a link’s id: 64 hexadecimal digits')

const imageIds: Check<readonly string[]> = (value, at) => {
  const ids = list(imageId, { most: MAX_IMAGES_PER_CALL })(value, at)
  if (ids.length === 0) throw wrong(at, 'at least one image', ids)
  if (new Set(ids).size < ids.length) throw new RangeError(`${at}: expected each image once`)
  return ids
}

const shareDays: Check<ShareDays> = (value, at) => {
  const days = SHARE_DAYS.find((each) => each === whole(1)(value, at))
  if (days === undefined) throw wrong(at, SHARE_DAYS.join(' or '), value)
  return days
}

export const REQUESTS: { readonly [Name in CustomerCall]: Check<CustomerCalls[Name][0]> } = {
  customerImages: object<ImagesRequest>({ action: oneOf('retry', 'delete', 'restore'), imageIds }),
  customerLinks: byAction<LinksRequest>({
    share: object({ action: oneOf('share'), imageId, output: text({ most: 100 }), days: shareDays }),
    revoke: object({ action: oneOf('revoke'), linkId }),
  }),
  customerAccount: object({ action: oneOf('sign-out-everywhere') }),
}
