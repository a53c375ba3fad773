import { acting, visibleText, written } from "@chaussettes/domain"

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** A line's bytes as text; bytes that are not UTF-8 are written `\xHH`. What acts in it still acts. */
export const lineText = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    let text = ""
    for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : written(String.fromCharCode(byte))
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
