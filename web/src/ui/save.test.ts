import { extensionOf, safeFileName, safeType } from './save.ts'

const bytes = (text: string) => new TextEncoder().encode(text).length

it.each([
  ['Holiday', 'Holiday.webp'],
  ['Straße am Ægirsee 写真', 'Straße am Ægirsee 写真.webp'],
  ['../../etc/passwd', '_.._etc_passwd.webp'],
  ['C:\\Windows\\x', 'C__Windows_x.webp'],
  ['..', 'image.webp'],
  ['', 'image.webp'],
  [' . ', 'image.webp'],
  ['.hidden', 'hidden.webp'],
  ['<img src=x onerror="alert(1)">', '_img src=x onerror=_alert(1)__.webp'],
  ['a\u0000b\u001bc\u007fd\u0085e', 'a_b_c_d_e.webp'],
  ['two\r\nlines\u2028more', 'two__lines_more.webp'],
  ['con', '_con.webp'],
  ['NUL.txt', '_NUL.txt.webp'],
  ['Com1', '_Com1.webp'],
  ['LPT³', '_LPT³.webp'],
  ['aux .tar', '_aux .tar.webp'],
  ['console', 'console.webp'],
  ['half \ud83d pair', 'half \ufffd pair.webp'],
])('makes %j a name that file systems take', (name, safe) => {
  expect(safeFileName(name, 'webp')).toBe(safe)
})

it('lets no name seem to end otherwise than it does', () => {
  const marks = ['\u202e', '\u202d', '\u2066', '\u2067', '\u2069', '\u200f', '\u061c', '\u200b', '\ufeff', '\u00ad']
  for (const mark of [...marks, String.fromCodePoint(0xe0041)]) {
    expect(safeFileName(`photo${mark}gpj.exe`, 'webp')).toBe('photo_gpj.exe.webp')
  }
})

it('cuts a long name between characters, in bytes as file systems count, and keeps its addition and ending', () => {
  for (const long of ['a'.repeat(255), 'ä'.repeat(255), '📷'.repeat(127), `${'a'.repeat(199)}📷`]) {
    const name = safeFileName(long, 'webp', ' fit-800 (2)')
    expect(name).toMatch(/^(a+|ä+|📷+) fit-800 \(2\)\.webp$/u)
    expect(bytes(name)).toBeLessThanOrEqual(205)
    expect(bytes(name)).toBeGreaterThan(200)
    expect(name.isWellFormed()).toBe(true)
  }
})

it('leaves no space or dot where a name was cut', () => {
  expect(safeFileName(`${'a'.repeat(190)}${' .'.repeat(20)}b`, 'webp')).toBe(`${'a'.repeat(190)}.webp`)
})

it('knows the endings of what browsers show, and calls all else a file of no kind', () => {
  const types = ['image/webp', 'image/jpeg', 'image/png', 'image/avif', 'image/gif']
  expect(types.map(extensionOf)).toEqual(['webp', 'jpg', 'png', 'avif', 'gif'])
  expect(types.map(safeType)).toEqual(types)
  for (const type of ['text/html', 'image/svg+xml', 'application/x-msdownload', 'constructor', '__proto__', '']) {
    expect([extensionOf(type), safeType(type)]).toEqual(['bin', 'application/octet-stream'])
  }
})
