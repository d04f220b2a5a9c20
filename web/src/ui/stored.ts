/** What the page keeps with the browser, which may refuse its storage altogether: then it holds for this visit. */

/** Null: nothing is kept under this name, or nothing can be. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

/** Null takes it away. */
export function writeStored(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // As said above.
  }
}
