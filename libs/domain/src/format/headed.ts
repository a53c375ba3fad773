import { isHeader, namesOf } from "./columns.ts"
import type { DurationUnit } from "./fields.ts"
import { columnsOf } from "./keys.ts"
import type { ColumnsSpec, FormatSpec } from "./spec.ts"

export const separators = [",", ";", "|", "\t"] as const

/** What the column time-taken counts: milliseconds in IIS, seconds in CloudFront. */
const takenUnitOf = (names: ReadonlyArray<string>): DurationUnit | undefined => {
  if (names.includes("x-edge-location")) return "s"
  return names.includes("sc-win32-status") ? "ms" : undefined
}

/** Columns whose names a line says: `#Fields: …`, or the first one. */
export const headed = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const fields = lines.find((line) => /^(?:\xef\xbb\xbf)?#Fields:/.test(line))
  if (fields !== undefined || /^(?:\xef\xbb\xbf)?#(?:Version|Software|Date):/.test(lines[0]!)) {
    const names = (fields ?? "")
      .replace(/^(?:\xef\xbb\xbf)?#Fields:/, "")
      .trim()
      .split(/[\t ]+/)
    const columns = columnsOf(names)
    const unit = takenUnitOf(names)
    const inner: ColumnsSpec = {
      kind: "columns",
      separator: " ",
      columns,
      ...(unit === undefined ? {} : { unit })
    }
    return fields !== undefined && !isHeader(columns) ? undefined : { name: "w3c", wrappers: [], inner }
  }
  for (const separator of separators) {
    const columns = columnsOf(namesOf(lines[0]!, separator))
    if (isHeader(columns)) return { name: "columns", wrappers: [], inner: { kind: "columns", separator, columns } }
  }
  return undefined
}
