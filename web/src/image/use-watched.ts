/** What an image's page follows. */
import type { ShareLink } from '../../../functions/src/contract/customer.ts'
import type { Backend } from '../backend.ts'
import type { GalleryRecord } from '../gallery/images.ts'
import { useWatch, type Watched } from '../pieces/watch.ts'

/** That there is no record is known as well. */
export interface Found {
  readonly record: GalleryRecord | null
}

export const useRecord = ({ images }: Backend, customerId: string, imageId: string): Watched<Found> =>
  useWatch<Found>(
    (listener, onProblem) =>
      images.watchOne(customerId, imageId, (record, current) => listener({ record }, current), onProblem),
    [images, customerId, imageId],
  )

export const useLinks = ({ links }: Backend, customerId: string, imageId: string) =>
  useWatch<readonly ShareLink<Date>[]>(
    (listener, onProblem) => links.watchLinks(customerId, imageId, listener, onProblem),
    [links, customerId, imageId],
  )
