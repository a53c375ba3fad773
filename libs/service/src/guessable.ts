/** The entropy of a text by the frequencies of its own characters (Shannon 1948), in bits. */
export const entropyBits = (text: string): number => {
  const counts = Map.groupBy(text, (char) => char)
  return [...counts.values()].reduce((sum, { length }) => sum - length * Math.log2(length / text.length), 0)
}

/** `passwordpassword` has 44, sixteen random characters of an alphabet sixty. */
export const leastSecretBits = 48
