/** What was picked, dropped, pasted or photographed, as files: no decision about any of them is made here. */
import { type AcceptedFormat, ACCEPTED_MEDIA_TYPES } from '../../../functions/src/contract/formats.ts'
import { MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import type { ChosenFile } from './uploads.ts'

export interface Chosen {
  readonly files: readonly ChosenFile[]
  /** Paths of what can't be read, as far as they are known. */
  readonly unreadable: readonly string[]
  /** There was more than a page takes on at a time. */
  readonly cut: boolean
}

/** By what systems that know no media type of a format know it. */
const ENDINGS: Readonly<Record<AcceptedFormat, readonly string[]>> = {
  jpeg: ['.jpg', '.jpeg'],
  png: ['.png'],
  webp: ['.webp'],
  avif: ['.avif'],
  heic: ['.heic', '.heif'],
  gif: ['.gif'],
  tiff: ['.tif', '.tiff'],
}

/** What a picker offers. Media types, not `image/*`: then a phone converts its own formats to one of them. */
export const ACCEPT = [...ACCEPTED_MEDIA_TYPES, ...Object.values(ENDINGS).flat()].join(',')

/** What systems leave in folders, and nobody means to send. */
const isClutter = (name: string) => name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name)

const chosen = (files: readonly ChosenFile[], unreadable: readonly string[] = []): Chosen => ({
  files: files.slice(0, MAX_WAITING_UPLOADS),
  unreadable,
  cut: files.length > MAX_WAITING_UPLOADS,
})

/** From an input; of a folder each has its path. */
export function pickedFiles(files: Iterable<File>): Chosen {
  return chosen(
    [...files].flatMap((file) => {
      const folder = folderOf(file.webkitRelativePath)
      return folder !== null && isClutter(file.name) ? [] : [{ file, folder }]
    }),
  )
}

/** `Holiday/Day 1` of `Holiday/Day 1/a.jpg`. */
const folderOf = (path: string | undefined) => path?.match(/^(.+)\/[^/]*$/)?.[1] ?? null

/** Cameras and clipboards call every picture the same. `now`: by the device's clock, for a name only. */
export function namedByTime(files: Iterable<File>, now: Date): Chosen {
  const stamp = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ')
    .replaceAll(':', '-')
  const named = [...files].map((file, i) => {
    const [, ending] = file.name.match(/^(?:image|photo|clipboard)(\.\w+)$/i) ?? []
    if (ending === undefined) return { file, folder: null }
    const name = `${stamp}${i === 0 ? '' : ` ${i + 1}`}${ending}`
    return { file: new File([file], name, { type: file.type, lastModified: file.lastModified }), folder: null }
  })
  return chosen(named)
}

/** The part of DataTransferItem that is looked at. */
export interface DroppedItem {
  webkitGetAsEntry?(): FileSystemEntry | null
  getAsFile(): File | null
}

/**
 * Folders are walked, nested ones too. Call it within the event: what was dropped can be asked for only then. Never rejects.
 * https://developer.mozilla.org/docs/Web/API/DataTransferItem/webkitGetAsEntry
 */
export async function droppedFiles(items: Iterable<DroppedItem>): Promise<Chosen> {
  // Of text that was dropped along there is neither.
  const dropped = [...items].map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }))
  const files: ChosenFile[] = []
  const unreadable: string[] = []
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory === true) await walk(entry as FileSystemDirectoryEntry, null, files, unreadable)
    else if (file !== null) files.push({ file, folder: null })
  }
  return chosen(files, unreadable)
}

const pathOf = (folder: string | null, name: string) => (folder === null ? name : `${folder}/${name}`)

/** What can't be read is noted, and the rest goes on. */
async function walk(
  directory: FileSystemDirectoryEntry,
  parent: string | null,
  files: ChosenFile[],
  unreadable: string[],
): Promise<void> {
  const folder = pathOf(parent, directory.name)
  const { entries, whole } = await entriesOf(directory)
  if (!whole) unreadable.push(folder)
  const inOrder = entries.toSorted((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
  for (const entry of inOrder) {
    if (files.length > MAX_WAITING_UPLOADS) return
    if (isClutter(entry.name)) continue
    if (entry.isDirectory) {
      await walk(entry as FileSystemDirectoryEntry, folder, files, unreadable)
      continue
    }
    try {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
      files.push({ file, folder })
    } catch {
      unreadable.push(pathOf(folder, entry.name))
    }
  }
}

/** A reader hands out some hundred at a time; with none it is at the end. */
async function entriesOf(directory: FileSystemDirectoryEntry) {
  const entries: FileSystemEntry[] = []
  try {
    const reader = directory.createReader()
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (some.length === 0) return { entries, whole: true }
      entries.push(...some)
    }
  } catch {
    return { entries, whole: false }
  }
}
