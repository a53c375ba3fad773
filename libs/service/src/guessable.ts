/** The entropy of what follows one another, by the frequencies in it (Shannon 1948), in bits. */
const entropyOf = (items: ReadonlyArray<number>): number => {
  const counts = Map.groupBy(items, (item) => item)
  return [...counts.values()].reduce((sum, { length }) => sum - length * Math.log2(length / items.length), 0)
}

/** What a secret is worth at most, in bits: by its characters and by the steps between them, of which `0123456789abcdef` has hardly any. */
export const secretBits = (text: string): number => {
  const points = [...text].map((char) => char.codePointAt(0)!)
  return Math.min(entropyOf(points), entropyOf(points.slice(1).map((point, i) => point - points[i]!)))
}

/** `passwordpassword` has 44, sixteen random characters of an alphabet 55. */
export const leastSecretBits = 48
