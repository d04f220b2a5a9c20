/** Files that the page gives to whoever looks at it. */

export { extensionOf, mentionOf, safeFileName, safeType } from '../../../functions/src/contract/safe-name.ts'

export function save(fileName: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // A browser may begin to read it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Where a file goes that is made bit by bit. */
export interface Target {
  /** Nothing of it is kept where it rejects: with the stream's own error, with the signal's reason, or because there is no room. */
  readonly write: (content: ReadableStream<Uint8Array>, signal: AbortSignal) => Promise<void>
}

/** https://developer.mozilla.org/docs/Web/API/Window/showSaveFilePicker: Chromium has it, and TypeScript does not know of it. */
interface Picked {
  createWritable(): Promise<WritableStream<Uint8Array>>
  getFile(): Promise<File>
  remove?(): Promise<void>
}
interface Picker {
  showSaveFilePicker?(options: {
    readonly suggestedName: string
    readonly types: readonly { readonly accept: Readonly<Record<string, readonly string[]>> }[]
  }): Promise<Picked>
}

/**
 * Where the browser can, asks where to put the file and writes it there bit by bit; elsewhere it is put together in the browser and saved then. To be
 * called while somebody's press is fresh. Null: whoever was asked wants no file.
 */
export async function chooseTarget(fileName: string, contentType: string): Promise<Target | null> {
  const picker = window as Picker
  if (picker.showSaveFilePicker === undefined) return inMemory(fileName, contentType)
  try {
    const accept = { [contentType]: [`.${fileName.split('.').at(-1)}`] }
    const picked = await picker.showSaveFilePicker({ suggestedName: fileName, types: [{ accept }] })
    return onDisk(picked)
  } catch (error) {
    if ((error as { readonly name?: string } | null)?.name === 'AbortError') return null
    // It may not ask here, or the press was too long ago.
    return inMemory(fileName, contentType)
  }
}

const onDisk = (picked: Picked): Target => ({
  async write(content, signal) {
    try {
      await content.pipeTo(await picked.createWritable(), { signal })
    } catch (error) {
      await removeEmpty(picked)
      throw error
    }
  },
})

/** The picker makes a file at once; what was not written to its end leaves it empty. */
async function removeEmpty(picked: Picked): Promise<void> {
  try {
    if ((await picked.getFile()).size === 0) await picked.remove?.()
  } catch {
    // Then it stays, empty.
  }
}

/** The browser keeps what it can't hold on its disk. */
const inMemory = (fileName: string, contentType: string): Target => ({
  async write(content, signal) {
    const blob = await new Response(content, { headers: { 'content-type': contentType } }).blob()
    signal.throwIfAborted()
    save(fileName, blob)
  },
})
