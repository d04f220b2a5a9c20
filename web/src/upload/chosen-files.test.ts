import { MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import { ACCEPT, type DroppedItem, droppedFiles, namedByTime, pickedFiles } from './chosen-files.ts'

const named = (name: string) => new File(['x'], name, { type: 'image/jpeg' })
const inFolder = (path: string) =>
  Object.defineProperty(named(path.split('/').at(-1) ?? ''), 'webkitRelativePath', { value: path })
const paths = ({ files }: { readonly files: readonly { readonly file: File; readonly folder: string | null }[] }) =>
  files.map(({ file, folder }) => (folder === null ? file.name : `${folder}/${file.name}`))

/** A folder that hands out two of its entries at a time, as browsers do with a hundred. */
interface Tree {
  readonly [name: string]: Tree | 'file' | 'broken'
}
const denied = new DOMException('no', 'NotReadableError')

function directory(name: string, tree: Tree, broken = false): FileSystemDirectoryEntry {
  return {
    name,
    isDirectory: true,
    isFile: false,
    createReader() {
      const left = Object.entries(tree).map(([child, content]) => entryOf(child, content))
      return {
        readEntries(resolve: (entries: FileSystemEntry[]) => void, reject: (error: DOMException) => void) {
          if (broken && left.length <= 1) reject(denied)
          else resolve(left.splice(0, 2))
        },
      }
    },
  } as unknown as FileSystemDirectoryEntry
}

function entryOf(name: string, content: Tree[string]): FileSystemEntry {
  if (typeof content === 'object') return directory(name, content)
  return {
    name,
    isDirectory: false,
    isFile: true,
    file(resolve: (file: File) => void, reject: (error: DOMException) => void) {
      if (content === 'broken') reject(denied)
      else resolve(named(name))
    },
  } as unknown as FileSystemEntry
}

const dropped = (entry: FileSystemEntry | null, file: File | null = null): DroppedItem => ({
  webkitGetAsEntry: () => entry,
  getAsFile: () => file,
})

it('offers what is processed, by media type and by ending', () => {
  expect(ACCEPT.split(',')).toEqual(
    expect.arrayContaining(['image/jpeg', 'image/heic', '.heic', '.heif', '.tif', '.jpg']),
  )
  expect(ACCEPT).not.toContain('*')
})

it('keeps the folder of each file of a picked folder, and leaves out what systems put there', () => {
  const chosen = pickedFiles(
    ['Holiday/a.jpg', 'Holiday/Day 1/b.jpg', 'Holiday/.DS_Store', 'Holiday/Thumbs.db'].map(inFolder),
  )
  expect(paths(chosen)).toEqual(['Holiday/a.jpg', 'Holiday/Day 1/b.jpg'])
  expect(chosen.files.map(({ folder }) => folder)).toEqual(['Holiday', 'Holiday/Day 1'])
})

it('takes a file that was picked by itself whatever its name', () => {
  expect(paths(pickedFiles([named('.hidden.jpg'), inFolder('')]))).toEqual(['.hidden.jpg', ''])
})

it('takes no more than a page takes on, and says so', () => {
  const files = Array.from({ length: MAX_WAITING_UPLOADS + 1 }, (_, i) => named(`${i}.jpg`))
  expect(pickedFiles(files)).toMatchObject({ cut: true, files: { length: MAX_WAITING_UPLOADS } })
  expect(pickedFiles(files.slice(1))).toMatchObject({ cut: false, files: { length: MAX_WAITING_UPLOADS } })
})

it('walks dropped folders to their ends, in the order of their names', async () => {
  const tree: Tree = {
    'img10.jpg': 'file',
    'img2.jpg': 'file',
    'Day 1': { 'c.jpg': 'file', Deep: { 'd.jpg': 'file' }, 'a.jpg': 'file' },
    empty: {},
    '.DS_Store': 'file',
    'z.jpg': 'file',
  }
  const chosen = await droppedFiles([dropped(directory('Holiday', tree)), dropped(null, named('single.jpg'))])
  expect(paths(chosen)).toEqual([
    'Holiday/Day 1/a.jpg',
    'Holiday/Day 1/c.jpg',
    'Holiday/Day 1/Deep/d.jpg',
    'Holiday/img2.jpg',
    'Holiday/img10.jpg',
    'Holiday/z.jpg',
    'single.jpg',
  ])
  expect(chosen.unreadable).toEqual([])
})

it('names what can’t be read, and takes the rest', async () => {
  const tree: Tree = { 'a.jpg': 'file', 'b.jpg': 'broken', 'c.jpg': 'file' }
  const chosen = await droppedFiles([
    dropped(directory('Good', tree)),
    dropped(directory('Half', { 'd.jpg': 'file', 'e.jpg': 'file', 'f.jpg': 'file' }, true)),
    dropped(null, named('last.jpg')),
  ])
  expect(paths(chosen)).toEqual(['Good/a.jpg', 'Good/c.jpg', 'Half/d.jpg', 'Half/e.jpg', 'last.jpg'])
  expect(chosen.unreadable).toEqual(['Good/b.jpg', 'Half'])
})

it('asks for all that was dropped before it waits for anything', async () => {
  let over = false
  const late: DroppedItem = {
    webkitGetAsEntry: () => null,
    getAsFile: () => (over ? null : named('late.jpg')),
  }
  const taking = droppedFiles([dropped(directory('Holiday', { 'a.jpg': 'file' })), late])
  over = true
  expect(paths(await taking)).toEqual(['Holiday/a.jpg', 'late.jpg'])
})

it('takes no text for a file, and files where there are no entries', async () => {
  const old: DroppedItem = { getAsFile: () => named('old.jpg') }
  expect(paths(await droppedFiles([dropped(null, null), old]))).toEqual(['old.jpg'])
})

it('calls what is pasted or photographed by the time, where it has no name of its own', () => {
  const now = new Date(2026, 10, 28, 9, 5, 7)
  const { files } = namedByTime([named('image.png'), named('image.png'), named('Harbour.jpg')], now)
  expect(files.map(({ file }) => file.name)).toEqual([
    '2026-11-28 09-05-07.png',
    '2026-11-28 09-05-07 2.png',
    'Harbour.jpg',
  ])
  expect(files[0]?.file.type).toBe('image/jpeg')
})
