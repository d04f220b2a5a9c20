import { connectFirestoreEmulator, type Firestore, getFirestore, Timestamp } from 'firebase/firestore'
import type { Connection } from './accounts.ts'

/** Call it once for a connection. */
export function firestoreOf({ app, config: { emulators } }: Connection): Firestore {
  const firestore = getFirestore(app)
  if (emulators !== null) {
    const { hostname, port } = new URL(`http://${emulators.firestore}`)
    connectFirestoreEmulator(firestore, hostname, Number(port))
  }
  return firestore
}

/** The same value with every Timestamp as a Date. */
export function withDates(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate()
  if (Array.isArray(value)) return value.map(withDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withDates(each)]))
}
