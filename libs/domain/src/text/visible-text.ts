/*
 * Log lines, names of files and what other servers answer are hostile: nothing in them may act on a terminal, or look like something else,
 * wherever it is shown. This is the one place that says what acts and how it is written instead.
 */

/**
 * Controls, what steers direction or hides, line and paragraph separators, halves of pairs, and characters whose look is for each font to say. An
 * emoji's selector is harmless behind an emoji, and nowhere else: two words that differ by it look alike.
 */
export const acting =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const hex = (n: number, digits: number): string => n.toString(16).toUpperCase().padStart(digits, "0")

/** How a character that acts is written: `\x1B` for a byte, `\u{202E}` for more. */
export const written = (character: string): string => {
  const point = character.codePointAt(0)!
  return point < 0x100 ? `\\x${hex(point, 2)}` : `\\u{${hex(point, 4)}}`
}

/** The same text with everything that acts spelled out. Nothing that is plain text is touched, a backslash neither. */
export const visibleText = (text: string): string => text.replace(acting, written)

/** A word of a command that a person may copy into a shell: quoted where it is more than a plain word. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${visibleText(text).replaceAll("'", "'\\''")}'`

/** JSON as it may be shown on a terminal: what acts stands escaped, so that it reads back the same. Line ends stay. */
export const visibleJson = (json: string): string =>
  json.replace(acting, (character) =>
    character === "\n"
      ? character
      : [...character.split("")].map((unit) => `\\u${hex(unit.charCodeAt(0), 4).toLowerCase()}`).join("")
  )
