import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import type { Stack } from '../stack/stack.ts'

/** The stack's Firestore as an administrator sees it: no rules apply. */
export const openStore = (stack: Pick<Stack, 'projectId' | 'firestoreHost'>): FirestoreStore =>
  new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
