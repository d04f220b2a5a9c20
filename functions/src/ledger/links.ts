import { linksPath } from '../contract/customer.ts'
import type { Document, Transaction } from './document-store.ts'

/** An image's share links that nobody has revoked, expired ones among them: of each no more than `expiresAt`. */
export const unrevokedLinks = (
  transaction: Pick<Transaction, 'query'>,
  customerId: string,
  imageId: string,
): Promise<readonly Document[]> =>
  transaction.query({
    collection: linksPath(customerId),
    where: [
      ['imageId', '==', imageId],
      ['revokedAt', '==', null],
    ],
    fields: ['expiresAt'],
  })
