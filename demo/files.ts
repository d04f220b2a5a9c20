/** A folder of the user's, tried as a customer would. */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { checkFile, mediaTypeOf } from '../functions/src/contract/checks.ts'
import { SNIFF_BYTES } from '../functions/src/contract/formats.ts'

export interface Candidate {
  /** How it is called in messages: its path below the folder, or its name. */
  readonly label: string
  readonly fileName: string
  /** What to send, or the reason for which a customer's client would not. */
  load(): Promise<{ readonly bytes: Uint8Array; readonly contentType: string } | { readonly reason: string }>
}

/**
 * Every entry below a folder that is not itself a folder, in the order of names. Links to files are followed, links to folders are
 * not: they may lead in a circle. Throws where the folder can't be read.
 */
export async function candidatesBelow(folder: string): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  const walk = async (path: string, label: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const below = join(path, entry.name)
      const name = label === '' ? entry.name : `${label}/${entry.name}`
      if (entry.isDirectory()) await walk(below, name)
      else found.push({ label: name, fileName: basename(entry.name), load: () => load(below) })
    }
  }
  await walk(folder, '')
  return found
}

/** Looks at the head first, as a client does, so that a file far over the limit is not read into memory. */
async function load(path: string): ReturnType<Candidate['load']> {
  const fileName = basename(path)
  try {
    const { size, isFile } = await kindOf(path)
    if (!isFile) return { reason: 'It is not a file.' }
    const head = await headOf(path)
    const refused = checkFile({ name: fileName, size, head })
    if (refused !== null) return { reason: refused.reason }
    return { bytes: await readFile(path), contentType: mediaTypeOf(head) }
  } catch (error) {
    return { reason: `The file can't be read: ${(error as Error).message}` }
  }
}

async function kindOf(path: string) {
  const found = await stat(path)
  return { size: found.size, isFile: found.isFile() }
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A file's name may hold anything, a terminal's control sequences included. */
// eslint-disable-next-line no-control-regex -- they are what is meant
export const printable = (text: string) => (/[\u0000-\u001f\u007f-\u009f]/.test(text) ? JSON.stringify(text) : text)
