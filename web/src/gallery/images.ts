/** The customer's images as Firestore tells of them. */
import type { ImageRecord } from '../../../functions/src/contract/record.ts'

/** The part of a record that the gallery shows. */
export type GalleryRecord = Pick<
  ImageRecord<Date>,
  'imageId' | 'fileName' | 'state' | 'job' | 'raw' | 'input' | 'outputs' | 'findings' | 'error' | 'receivedAt'
>

export interface Images {
  /**
   * The newest `count` records, newest first, at once and after every change. `current` is false while there is no connection:
   * then it is what is known so far. After `onProblem` with an error's code nothing more comes. Returns what ends it.
   */
  watch(
    customerId: string,
    count: number,
    listener: (records: readonly GalleryRecord[], current: boolean) => void,
    onProblem: (code: string) => void,
  ): () => void
  /** An object of the processed bucket, by the customer's own rights. Rejects with the SDK's error. */
  read(object: string): Promise<Blob>
}

/** How many images the gallery shows. */
export const SHOWN = 50
