export type Cell = string | number | null

/** What a spreadsheet would take for a formula, which a client of the watched server could have written into a URL. */
const acts = /^[\s\u0000-\u0020]*[=+\-@\t\r|%]/

/**
 * A text as a field of CSV. One that a spreadsheet could take for a formula begins with an apostrophe, which it shows and does not run; where it is a
 * number it is none of these.
 */
const field = (cell: Cell): string => {
  if (cell === null) return ""
  if (typeof cell === "number") return String(cell)
  const text = acts.test(cell) ? `'${cell}` : cell
  return /[",\r\n;]/.test(text) || text !== cell ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as RFC 4180 has them. */
export const csvOf = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("")

/** The same as objects, with texts as they are. */
export const jsonOf = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  `${JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]!]))),
    null,
    1
  )}\n`
