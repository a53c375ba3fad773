const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Control characters, and those that change how a terminal shows what is around them. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0)!
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`
}

/** Bytes as text that can be printed anywhere: what is no printable UTF-8 is written `\xhh`. At most `most` characters. */
export const visible = (bytes: Uint8Array, most: number): string => {
  const head = bytes.subarray(0, most * 4)
  let text: string
  try {
    text = utf8.decode(head)
  } catch {
    text = Array.from(head, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : escaped(String.fromCharCode(byte))
    ).join("")
  }
  text = text.replaceAll(hidden, escaped)
  return text.length <= most && head.length === bytes.length ? text : `${text.slice(0, most)}…`
}
