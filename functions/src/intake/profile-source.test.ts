import { clearOverride, keepVersion, readOverride, setOverride } from '../api/profiles.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { defineProfile, defineProfiles, step } from '../processing/profile.ts'
import { PROFILES } from '../processing/profiles.ts'
import { processorOf } from '../processing/testing/processors.ts'
import { profileSource } from './profile-source.ts'

const image = { customerId: 'acme', source: 'web', format: 'jpeg', pinned: null } as const
const small = {
  profiles: { small: [{ use: 'renditions', settings: { renditions: [{ width: 64, format: 'jpeg' }] } }] },
  choose: [{ formats: ['jpeg'], profile: 'small' }],
}

let now: number
let reads: string[]
let store: MemoryStore
let profileFor: ReturnType<typeof profileSource>
beforeEach(() => {
  now = 0
  reads = []
  store = new MemoryStore({ now: () => Instant.parse('2026-11-24T12:00:00Z'), gate: () => {} })
  const counted = { get: (path: string) => (reads.push(path), store.get(path)) }
  profileFor = profileSource(counted, PROFILES, () => now)
})

it('is the project’s, and asks once in a minute for a customer’s own', async () => {
  for (let i = 0; i < 3; i++) expect((await profileFor(image)).name).toBe('standard')
  expect(reads).toEqual(['profiles/acme'])
  await setOverride(store, PROFILES, 'acme', small, 'admin@example.org')
  expect((await profileFor(image)).name).toBe('standard')
  now = 60_000
  expect((await profileFor(image)).name).toBe('small')
  expect((await profileFor({ ...image, format: 'png' })).name).toBe('standard')
  expect((await profileFor({ ...image, customerId: 'other' })).name).toBe('standard')
  await clearOverride(store, 'acme')
  now = 120_000
  expect((await profileFor(image)).name).toBe('standard')
})

it('is read back as it was set, and who set it is kept', async () => {
  expect(await readOverride(store, 'acme')).toBeNull()
  await setOverride(store, PROFILES, 'acme', small, 'admin@example.org')
  expect(await readOverride(store, 'acme')).toEqual(small)
  expect(await store.get('profiles/acme')).toMatchObject({ customerId: 'acme', updatedBy: 'admin@example.org' })
})

it('refuses what no image could be processed with, and leaves what was there', async () => {
  await setOverride(store, PROFILES, 'acme', small, 'admin@example.org')
  await expect(setOverride(store, PROFILES, 'acme', { choose: [] }, 'x')).rejects.toThrow('choose: Invalid length')
  await expect(setOverride(store, PROFILES, '../acme', small, 'x')).rejects.toThrow('expected an id that matches')
  expect(await readOverride(store, 'acme')).toEqual(small)
})

it('is the pinned version whatever is chosen now, also of a profile that is nowhere any more', async () => {
  const [, standard] = [...PROFILES.profiles][0] ?? []
  await setOverride(store, PROFILES, 'acme', small, 'admin@example.org')
  const version = standard?.version ?? ''
  expect((await profileFor({ ...image, pinned: version })).name).toBe('standard')
  expect(reads).toEqual([])

  const gone = await profileFor(image)
  await keepVersion(store, gone)
  await keepVersion(store, gone)
  await clearOverride(store, 'acme')
  expect(await profileSource(store, PROFILES, () => now)({ ...image, pinned: gone.version })).toEqual(gone)
  await expect(profileFor({ ...image, pinned: '0123456789ab' })).rejects.toThrow('no profile of version 0123456789ab')
})

it('that this version of the project can’t run is thrown: no fault of the image', async () => {
  const sharpen = processorOf('sharpen', async () => ({}))
  const earlier = defineProfiles({ profiles: { sharp: [step(sharpen)] }, choose: [{ profile: 'sharp' }] })
  await setOverride(store, earlier, 'acme', { choose: [{ profile: 'sharp' }] }, 'x')
  await expect(profileFor(image)).rejects.toThrow('there is no profile "sharp"')
  const profile = defineProfile('sharp', [step(sharpen)])
  await keepVersion(store, profile)
  await expect(profileFor({ ...image, pinned: profile.version })).rejects.toThrow('there is no processor "sharpen"')
})
