import { type Cell, csvOf, jsonOf } from "../csv.ts"
import { w } from "../language.ts"

export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
}

const save = (text: string, type: string, name: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Saves what is shown as a file: for a spreadsheet, or for a program. */
export const Export = ({ name, of, table }: { readonly name: string; readonly of: string; readonly table: Table }) => {
  const { columns, rows } = table
  return (
    <span class="export">
      <button
        type="button"
        class="button quiet"
        aria-label={w.explore.save("CSV", of)}
        disabled={rows.length === 0}
        onClick={() => save(csvOf(columns, rows), "text/csv;charset=utf-8", `${name}.csv`)}
      >
        CSV
      </button>
      <button
        type="button"
        class="button quiet"
        aria-label={w.explore.save("JSON", of)}
        disabled={rows.length === 0}
        onClick={() => save(jsonOf(columns, rows), "application/json", `${name}.json`)}
      >
        JSON
      </button>
    </span>
  )
}
