import { acting, bytesText, written } from "@chaussettes/domain"

/** Bytes as text that can be printed anywhere: what acts, or is no UTF-8, is spelled as web servers do (`\xhh`). At most `most` characters. */
export const visible = (bytes: Uint8Array, most: number): string => {
  const head = bytes.subarray(0, most * 4)
  const text = bytesText(head).replace(acting, (character) => written(character).toLowerCase())
  return text.length <= most && head.length === bytes.length ? text : `${text.slice(0, most)}…`
}
