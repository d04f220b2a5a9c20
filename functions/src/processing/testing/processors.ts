import { strictObject } from 'valibot'
import type { Needs, Processor } from '../processor.ts'
import { defineProfile, step, type Profile } from '../profile.ts'

/** A processor without settings. */
export const processorOf = (name: string, run: Processor['run'], more: Partial<Processor> = {}): Processor => ({
  name,
  version: 1,
  settings: strictObject({}),
  budget: { milliseconds: 10_000 },
  run,
  ...more,
})

export const profileOf = (...processors: readonly Processor[]): Profile =>
  defineProfile(
    'test',
    processors.map((processor) => step(processor)),
  )

/** A profile that does nothing with the image but ask for it. */
export const asking = (needs: Needs): Profile =>
  profileOf(processorOf('asks', async () => ({}), { needs: () => needs }))
