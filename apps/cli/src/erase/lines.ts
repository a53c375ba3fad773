/** The lines of a message: one below the other, or the records of an array, as Fluent Bit sends them. */
export const linesOf = (data: Uint8Array): ReadonlyArray<string> => {
  const text = Buffer.from(data).toString("latin1")
  if (text.startsWith("[")) {
    try {
      const records: unknown = JSON.parse(text)
      if (Array.isArray(records)) return records.map((record) => JSON.stringify(record))
    } catch {
      // Lines of which the first begins so, such as one with an address of IPv6.
    }
  }
  return text.split("\n").filter((line) => line !== "")
}
