/** Percent-encoded text, decoded; as it is where it is not encoded well: `%` may stand for itself, as in a password. */
export const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
