/** Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals" (1966): edits from a to b. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    previous = row
  }
  return previous[b.length]!
}

/** The name that was probably meant; undefined when none is near. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const candidate of known) {
    const edits = distance(name, candidate)
    if (best === undefined || edits < best.edits) best = { name: candidate, edits }
  }
  return best !== undefined && best.edits <= Math.max(2, Math.ceil(name.length / 3)) ? best.name : undefined
}
