/** What is done with images: the file in which this project's profiles stand. A new processor is added here (README.md). */
import { defineProfiles, step, type Profile } from './profile.ts'
import { facts } from './processors/facts.ts'
import { fingerprint } from './processors/fingerprint.ts'
import { metadata } from './processors/metadata.ts'
import { renditions } from './processors/renditions.ts'
import { thumbhash } from './processors/thumbhash.ts'
import { watermark } from './processors/watermark.ts'

export const PROFILES = defineProfiles({
  profiles: {
    // In the order they run.
    standard: [step(facts), step(fingerprint), step(metadata), step(renditions), step(thumbhash)],
  },
  // The first that fits decides: { source: 'kafka', formats: ['tiff'], profile: 'archive' }. The last fits all.
  choose: [{ profile: 'standard' }],
  // Processors that only customers' own profiles use.
  also: [watermark],
})

export const STANDARD = PROFILES.profiles.get('standard') as Profile
