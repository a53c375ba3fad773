import { type FieldName, fieldNames } from "./fields.ts"
import { keyNames, plainName } from "./names.ts"

/** The fields that keys or columns of these names are, each at most once: the most preferred name of a field wins. */
export const columnsOf = (names: ReadonlyArray<string>): ReadonlyArray<FieldName | "_"> => {
  const columns: Array<FieldName | "_"> = names.map(() => "_")
  const plain = names.map((name) => plainName(name))
  // A date that stands apart from its time.
  const date = plain.indexOf("date")
  const time = plain.indexOf("time")
  if (date >= 0 && time >= 0) {
    columns[date] = "date"
    columns[time] = "time"
  }
  for (const field of fieldNames) {
    if (columns.includes(field)) continue
    for (const wanted of keyNames[field] ?? []) {
      const at = plain.findIndex((name, i) => name === wanted && columns[i] === "_")
      if (at < 0) continue
      columns[at] = field
      break
    }
  }
  return columns
}
