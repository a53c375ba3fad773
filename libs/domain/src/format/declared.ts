import { limits } from "../limits.ts"
import { readerOf } from "./compile.ts"
import { noChoice } from "./finish.ts"
import { parseLogFormat } from "./log-format.ts"
import type { FormatSpec } from "./spec.ts"
import { formatNamed } from "./table.ts"

/** The header in which a message says what format its lines have: a name, or a format string as it stands in a server's configuration. */
export const formatHeader = "Chaussettes-Format"

/** The format that a text declares; undefined for one that is none, whose lines then show their own. */
export const declaredFormat = (text: string): FormatSpec | undefined => {
  if (text.length > limits.formatChars) return undefined
  const known = formatNamed(text)
  if (known !== undefined) return known
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
