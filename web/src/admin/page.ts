import type { Session } from '../firebase/session.ts'
import type { AdminData } from './backend.ts'

/** What each of the admin's pages is given. */
export interface PageProps {
  readonly data: AdminData
  /** The IANA name by which days are cut. */
  readonly zone: string
  /** Whoever is signed in: an admin. */
  readonly session: Session
}
