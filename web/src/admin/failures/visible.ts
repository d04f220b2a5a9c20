/**
 * A text from outside, with what would move others, turn their direction or not be seen written as \u{…}. `<bdi>` around it keeps the rest
 * of the line from being turned as well.
 */
export const visible = (text: string) =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
