/*
 * Log lines are hostile: what stands in one must neither act on the page or the terminal nor look like something else.
 * Markup is the page's to escape (it only ever sets text); here the characters that act without markup are made visible.
 */

/** Controls, what steers direction or hides, line and paragraph separators, halves of pairs; an emoji's own selector is harmless. */
const acting = /(?!\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const hex = (n: number, digits: number): string => n.toString(16).toUpperCase().padStart(digits, "0")

/** How a character that acts is written: `\x1B` for a byte, `\u{202E}` for more. */
const written = (character: string): string => {
  const point = character.codePointAt(0)!
  return point < 0x100 ? `\\x${hex(point, 2)}` : `\\u{${hex(point, 4)}}`
}

/** The same text with everything that acts spelled out. Nothing that is plain text is touched, a backslash neither. */
export const visibleText = (text: string): string => text.replace(acting, written)

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** A line's bytes as text; bytes that are not UTF-8 are written `\xHH`. What acts in it still acts. */
export const lineText = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    let text = ""
    for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : `\\x${hex(byte, 2)}`
    return text
  }
}

/** The same with everything that acts spelled out. */
export const visibleBytes = (bytes: Uint8Array): string => visibleText(lineText(bytes))

/** The pieces of a text: plain, and spelled out, so that a page can set the latter off. */
export const visiblePieces = (text: string): ReadonlyArray<{ readonly text: string; readonly spelled: boolean }> => {
  const pieces: Array<{ text: string; spelled: boolean }> = []
  let from = 0
  for (const match of text.matchAll(acting)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), spelled: false })
    pieces.push({ text: written(match[0]), spelled: true })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), spelled: false })
  return pieces
}
