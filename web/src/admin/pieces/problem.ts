/** Sentences for what Firestore and the functions answer. */

const SENTENCES: Readonly<Record<string, string>> = {
  unavailable: 'The server can’t be reached. Is there a connection?',
  'deadline-exceeded': 'The server took too long to answer.',
  'permission-denied': 'This account may not see that.',
  unauthenticated: 'Sign in again: the server does not know who is asking.',
  'resource-exhausted': 'The server is busy, or a quota of the project is used up.',
  'not-found': 'The server does not have what was asked for. Has everything been deployed?',
}

/** Whose message the functions write for people. */
const WRITTEN = ['functions/permission-denied', 'functions/invalid-argument', 'functions/failed-precondition']

/** A sentence for an error's code. */
export function sentenceFor(code: string): string {
  return SENTENCES[code.replace(/^\w+\//, '')] ?? `The server answered with an error (${code}).`
}

/** A sentence for what was thrown: the functions' own words where they are meant to be read. */
export function problemOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: string; readonly message?: string }
  if (code === undefined) return `Something went wrong on this page: ${message ?? String(error)}`
  // The SDK puts HTTP's status behind it.
  const written = message?.replace(/ \[\d{3}\]$/, '') ?? ''
  return WRITTEN.includes(code) && written !== '' ? written : sentenceFor(code)
}
