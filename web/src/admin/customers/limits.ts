/** What a customer may send: from what holds to a form's draft, and from a draft to what the server is asked for. Pure functions. */
import { type Format, formatList, isSendable, SENDABLE_FORMATS } from '../../../../functions/src/contract/formats.ts'
import { counted } from '../../ui/format.ts'
import type { OwnLimits } from '../backend.ts'

/** What is wrong with a draft: a sentence. */
export interface Problem {
  readonly problem: string
}
export const isProblem = (value: object): value is Problem => 'problem' in value

export type Quota = OwnLimits['quota']
export interface QuotaDraft {
  readonly choice: 'default' | 'unlimited' | 'own'
  /** As it was typed. */
  readonly images: string
}

export function quotaDraft(quota: Quota): QuotaDraft {
  if (quota === null) return { choice: 'default', images: '' }
  return quota.dailyImages === null
    ? { choice: 'unlimited', images: '' }
    : { choice: 'own', images: String(quota.dailyImages) }
}

export function quotaOf({ choice, images }: QuotaDraft): { readonly quota: Quota } | Problem {
  if (choice === 'default') return { quota: null }
  if (choice === 'unlimited') return { quota: { dailyImages: null } }
  // Not more digits than a number holds.
  if (!/^\d{1,15}$/.test(images.trim())) return { problem: 'Give a whole number of images a day, from 0.' }
  return { quota: { dailyImages: Number(images) } }
}

export function quotaText(quota: Quota): string {
  if (quota === null) return 'As many images a day as everyone (DAILY_QUOTA).'
  if (quota.dailyImages === null) return 'Any number of images a day.'
  if (quota.dailyImages === 0) return 'No images at all: its quota is 0.'
  return `At most ${counted(quota.dailyImages, 'image')} a day.`
}

export const sameQuota = (a: QuotaDraft, b: QuotaDraft) =>
  a.choice === b.choice && (a.choice !== 'own' || a.images.trim() === b.images.trim())

export interface FormatsDraft {
  readonly choice: 'all' | 'own'
  readonly formats: readonly Format[]
}

/** What is chosen begins with every format, so that some are taken away. */
export const formatsDraft = (formats: OwnLimits['formats']): FormatsDraft =>
  formats === null
    ? { choice: 'all', formats: SENDABLE_FORMATS }
    : { choice: 'own', formats: SENDABLE_FORMATS.filter((format) => formats.includes(format)) }

export const formatsOf = ({ choice, formats }: FormatsDraft): readonly Format[] | null =>
  choice === 'all' ? null : formats

/** In the formats' own order. */
export const withFormat = (formats: readonly Format[], format: Format, on: boolean) =>
  SENDABLE_FORMATS.filter((each) => (each === format ? on : formats.includes(each)))

export function formatsText(formats: OwnLimits['formats']): string {
  if (formats === null) return 'Every format that is processed.'
  return formats.length === 0
    ? 'No images at all: no format is chosen.'
    : `Only ${formatList(formats.filter(isSendable))}.`
}

export const sameFormats = (a: FormatsDraft, b: FormatsDraft) =>
  a.choice === b.choice && (a.choice === 'all' || a.formats.join() === b.formats.join())

/** `profiles`: as in a profile's JSON file. What is wrong with its content the server says. */
export function profilesOf(text: string): { readonly profiles: unknown } | Problem {
  try {
    const profiles: unknown = JSON.parse(text)
    return profiles === null ? { problem: 'Give an object with "profiles" and "choose".' } : { profiles }
  } catch (error) {
    return { problem: `That is not JSON: ${(error as Error).message}` }
  }
}

/** JSON as it is edited; what is none, as it is. */
export function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

/** To begin with: what the standard profile does, with the customer's name set upon its images. */
export const templateFor = (name: string) =>
  JSON.stringify(
    {
      profiles: {
        marked: [
          { use: 'facts' },
          { use: 'fingerprint' },
          { use: 'metadata' },
          { use: 'watermark', settings: { text: Array.from(name).slice(0, 50).join('') } },
          { use: 'renditions' },
          { use: 'thumbhash' },
        ],
      },
      choose: [{ profile: 'marked' }],
    },
    null,
    2,
  )
