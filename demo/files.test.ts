import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX_UPLOAD_BYTES } from '../functions/src/contract/limits.ts'
import { candidatesBelow } from './files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'darkroom-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
const tried = async () =>
  Object.fromEntries(
    await Promise.all(
      (await candidatesBelow(folder)).map(async (candidate) => [candidate.label, await candidate.load()] as const),
    ),
  )

it('tries every file below the folder, whatever its name and type, and gives the reason of each refusal', async () => {
  await mkdir(join(folder, 'a/b'), { recursive: true })
  await writeFile(join(folder, 'a/b/photo'), JPEG)
  await writeFile(join(folder, 'a/notes.jpg'), 'Hello')
  await writeFile(join(folder, '.hidden.jpg'), '')
  await writeFile(join(folder, 'line\nbreak.jpg'), JPEG)
  expect(await tried()).toEqual({
    'a/b/photo': { bytes: Buffer.from(JPEG), contentType: 'image/jpeg' },
    'a/notes.jpg': { reason: expect.stringContaining('is text') as string },
    '.hidden.jpg': { reason: expect.stringContaining('empty') as string },
    'line\nbreak.jpg': { reason: expect.stringContaining('control character') as string },
  })
})

it('follows links to files, not to folders, and lists what it can not read', async () => {
  await writeFile(join(folder, 'photo.jpg'), JPEG)
  await symlink('photo.jpg', join(folder, 'link.jpg'))
  await symlink('.', join(folder, 'circle'))
  await symlink('nowhere', join(folder, 'dangling'))
  expect(await tried()).toEqual({
    'photo.jpg': { bytes: Buffer.from(JPEG), contentType: 'image/jpeg' },
    'link.jpg': { bytes: Buffer.from(JPEG), contentType: 'image/jpeg' },
    circle: { reason: 'It is not a file.' },
    dangling: { reason: expect.stringContaining("can't be read") as string },
  })
})

it('refuses a file over the limit by its size alone', async () => {
  await writeFile(join(folder, 'huge.jpg'), JPEG)
  await truncate(join(folder, 'huge.jpg'), MAX_UPLOAD_BYTES + 1)
  expect(await tried()).toEqual({ 'huge.jpg': { reason: expect.stringContaining('the limit is 50 MiB') as string } })
})

it('says that a folder is not there', async () => {
  await expect(candidatesBelow(join(folder, 'absent'))).rejects.toThrow('absent')
})
