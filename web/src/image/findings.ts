/**
 * How a photo was taken, as the processor `metadata` found it in the file: whatever somebody wrote there. Text comes cut and in one line, figures
 * only within reason, and all else is dropped.
 */
export interface Photo {
  readonly camera: string | null
  readonly lens: string | null
  readonly takenAt: TakenAt | null
  readonly exposure: Exposure
}

/** By the camera's clock: `clock` has its reading in the fields of UTC. */
export interface TakenAt {
  readonly clock: Date
  /** Such as `+02:00`, where the camera says. */
  readonly offset: string | null
}

export interface Exposure {
  readonly seconds: number | null
  readonly fNumber: number | null
  readonly iso: number | null
  readonly focalLengthMm: number | null
}

/** In characters. */
const MAX_TEXT = 100

/** Null: nothing is known. */
export function photoOf(findings: Readonly<Record<string, unknown>>): Photo | null {
  const found = fieldsOf(findings['metadata'])
  const { camera, lens, takenAt, exposure } = found
  const { make, model } = fieldsOf(camera)
  const { seconds, fNumber, iso, focalLengthMm } = fieldsOf(exposure)
  const photo: Photo = {
    camera: cameraOf(text(make), text(model)),
    lens: text(lens),
    takenAt: takenAtOf(takenAt),
    exposure: {
      seconds: figure(seconds, 1e-6, 86_400),
      fNumber: figure(fNumber, 0.1, 1000),
      iso: figure(iso, 1, 1e7),
      focalLengthMm: figure(focalLengthMm, 0.1, 1e5),
    },
  }
  const known = [photo.camera, photo.lens, photo.takenAt, ...Object.values(photo.exposure)] as readonly unknown[]
  return known.some((value) => value !== null) ? photo : null
}

/** Such as `1/250 s`, `f/2.8`, `ISO 100`, `50 mm`: the same in every language, but for the numbers. */
export function exposureParts({ seconds, fNumber, iso, focalLengthMm }: Exposure, locale: string): readonly string[] {
  const number = (value: number, digits: number) => value.toLocaleString(locale, { maximumFractionDigits: digits })
  // Half a second and more is not written as a fraction.
  const time = (value: number) => (value < 0.4 ? `1/${number(1 / value, 0)} s` : `${number(value, 1)} s`)
  return [
    seconds === null ? null : time(seconds),
    fNumber === null ? null : `f/${number(fNumber, 1)}`,
    iso === null ? null : `ISO ${number(iso, 0)}`,
    focalLengthMm === null ? null : `${number(focalLengthMm, 1)} mm`,
  ].filter((part) => part !== null)
}

export function takenAtText({ clock, offset }: TakenAt, locale: string): string {
  const time = clock.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return offset === null ? time : `${time} (UTC${offset})`
}

/** Of what is no object, none. Nothing is inherited. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null) as Record<string, unknown>, typeof value === 'object' ? value : null)
}

function text(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const line = value.slice(0, 10 * MAX_TEXT).toWellFormed()
  const clean = line.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  const characters = Array.from(clean)
  const cut = characters.length > MAX_TEXT ? `${characters.slice(0, MAX_TEXT).join('')}…` : clean
  return cut === '' ? null : cut
}

/** Many a model begins with its maker. */
function cameraOf(make: string | null, model: string | null): string | null {
  if (make === null || model === null) return make ?? model
  return model.toLowerCase().startsWith(make.toLowerCase()) ? model : `${make} ${model}`
}

const figure = (value: unknown, least: number, most: number): number | null =>
  typeof value === 'number' && value >= least && value <= most ? value : null

/** As the processor writes it: ISO 8601 with or without an offset. A date that there is not is none. */
function takenAtOf(value: unknown): TakenAt | null {
  if (typeof value !== 'string') return null
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d:\d\d)?$/.exec(value)
  if (parts?.[1] === undefined) return null
  const clock = new Date(`${parts[1]}Z`)
  if (Number.isNaN(clock.getTime()) || clock.toISOString().slice(0, 19) !== parts[1]) return null
  return { clock, offset: parts[2] ?? null }
}
