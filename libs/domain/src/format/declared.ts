import { limits } from "../limits.ts"
import { readerOf } from "./compile.ts"
import { noChoice } from "./finish.ts"
import { headed } from "./headed.ts"
import { parseLogFormat } from "./log-format.ts"
import type { FormatSpec } from "./spec.ts"
import { formatNamed } from "./table.ts"

/**
 * The header in which a message says what format its lines have: a name, a format string as it stands in a server's configuration, or the line that
 * names the columns (`#Fields: …`, or a first line of CSV).
 */
export const formatHeader = "Chaussettes-Format"

/** The format that a text declares; undefined for one that is none, whose lines then show their own. */
export const declaredFormat = (text: string): FormatSpec | undefined => {
  if (text.length > limits.formatChars) return undefined
  const known = formatNamed(text)
  if (known !== undefined) return known
  const columns = columnsDeclared(text)
  if (columns !== undefined) return columns
  const parsed = /[%$]/.test(text) ? parseLogFormat(text) : undefined
  if (parsed?.ok !== true) return undefined
  const spec: FormatSpec = { name: "declared", wrappers: [], inner: parsed.spec }
  try {
    readerOf(spec, noChoice)
    return spec
  } catch {
    return undefined
  }
}

/** The format of the lines behind one that names their columns; undefined for any other line. */
export const columnsDeclared = (line: string): FormatSpec | undefined => {
  if (line.includes("\n") || (!line.startsWith("#Fields:") && !/[,;|\t]/.test(line))) return undefined
  const spec = headed([line])
  // Lines of values have columns, too, but these say no names.
  return spec !== undefined && (line.startsWith("#Fields:") || !/\d{3}/.test(line)) ? spec : undefined
}
