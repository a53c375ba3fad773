const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |\n`

export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  row(head) + row(head.map(() => "---")) + rows.map(row).join("")
