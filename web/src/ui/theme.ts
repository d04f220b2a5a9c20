/** Light, dark, or as the device is set: kept with the browser, and put on <html>, by which app.css goes. */

import { readStored, writeStored } from './stored.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED = 'darkroom-theme'

/** What is kept may be from another version, or be nobody's. */
export const themeOf = (stored: string | null): Theme => THEMES.find((theme) => theme === stored) ?? 'system'

export const chosenTheme = (): Theme => themeOf(readStored(STORED))

/** `root`: the element whose data-theme it is. */
export function showTheme(theme: Theme, root: { readonly dataset: DOMStringMap } = document.documentElement): void {
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
}

export function chooseTheme(theme: Theme): void {
  writeStored(STORED, theme)
  showTheme(theme)
}
