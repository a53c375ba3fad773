/** Text in the cells of a terminal. */

/** Scripts and signs that take two cells: East Asian wide ones and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** What is drawn over the character before it. */
const combining = /\p{M}/u

const widthOf = (character: string): number => {
  if (character < "\u0300") return 1
  return combining.test(character) ? 0 : wide.test(character) ? 2 : 1
}

export const cellsOf = (text: string): number => {
  let cells = 0
  for (const character of text) cells += widthOf(character)
  return cells
}

/** No wider than that; `…` says that something is missing. */
export const cut = (text: string, width: number): string => {
  if (width <= 0) return ""
  // A character takes two cells at most, so that a long text need not be measured.
  if (text.length * 2 <= width || cellsOf(text) <= width) return text
  let [kept, cells] = ["", 0]
  for (const character of text) {
    cells += widthOf(character)
    if (cells > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Exactly so wide. */
export const fit = (text: string, width: number, side: "left" | "right" = "left"): string => {
  const shown = cut(text, width)
  const rest = " ".repeat(Math.max(0, width - cellsOf(shown)))
  return side === "left" ? shown + rest : rest + shown
}

/** At its spaces, in at most `most` lines; the last one is cut where that is not enough. */
export const wrap = (text: string, width: number, most: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const words = text.split(" ")
  while (words.length > 0 && lines.length < most) {
    if (lines.length === most - 1) {
      lines.push(cut(words.join(" "), width))
      break
    }
    let line = words.shift()!
    while (words.length > 0 && cellsOf(line) + 1 + cellsOf(words[0]!) <= width) line += ` ${words.shift()}`
    lines.push(cut(line, width))
  }
  return lines
}
