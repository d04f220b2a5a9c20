/** What the customer's page knows and may ask: web/src/firebase/ is Firebase. Every document comes with Dates. */
import type { CustomerCalls, ShareLink } from '../../functions/src/contract/customer.ts'
import type { Format } from '../../functions/src/contract/formats.ts'
import type { CustomerMonth } from '../../functions/src/contract/totals.ts'
import type { Images } from './gallery/images.ts'
import type { Destination } from './upload/send.ts'

/** `current` is false while there is no connection: then the value is what is known so far. */
export type Listener<T> = (value: T, current: boolean) => void
/** With the error's code, such as `permission-denied`; after it nothing more comes. */
export type OnProblem = (code: string) => void
/** Ends what was begun. */
export type Stop = () => void

/** The raw bucket. */
export interface RawBucket {
  /** Where the object of that name in the raw bucket goes. */
  destination(objectName: string): Destination
  /** The formats that the customer may send, at once and after every change; null: every one. */
  watchFormats(customerId: string, listener: (formats: readonly Format[] | null) => void): Stop
  /** Proves anew who is signed in; rejects where the session has ended, or with `auth/network-request-failed`. */
  refreshToken(): Promise<void>
}

export interface FiguresData {
  /** The months (YYYY-MM) from the first to the last that have any figures, at once and after every change; they follow the images within 90 s. */
  watchMonths(
    customerId: string,
    first: string,
    last: string,
    listener: Listener<readonly CustomerMonth<Date>[]>,
    onProblem: OnProblem,
  ): Stop
}

export interface Links {
  /** Every link that was made of an image, the newest first, expired and revoked ones included. */
  watchLinks(
    customerId: string,
    imageId: string,
    listener: Listener<readonly ShareLink<Date>[]>,
    onProblem: OnProblem,
  ): Stop
}

/** Rejects with the SDK's error, which has a `code` such as `functions/failed-precondition` and a message fit to show. */
export type Call = <Name extends keyof CustomerCalls>(
  name: Name,
  request: CustomerCalls[Name][0],
) => Promise<CustomerCalls[Name][1]>

/** What is loaded once somebody is signed in. */
export interface Backend {
  readonly raw: RawBucket
  readonly images: Images
  readonly links: Links
  readonly figures: FiguresData
  readonly call: Call
}
