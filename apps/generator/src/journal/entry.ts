import { carriedLines } from "../receive/body.ts"

/** Up to where a journal was sent: an entry, and how many of its lines. */
export interface JournalPlace {
  /** As journald names the entry. */
  readonly cursor: string
  readonly lines: number
}

/** An entry of the journal, as `journalctl --output=json` prints it on a row. */
export interface Entry {
  readonly cursor: string
  /** What its program wrote; nothing where the entry has no message. */
  readonly lines: ReadonlyArray<Uint8Array>
}

const header = "Chaussettes-Journal"
const version = "1"
const cursorForm = /^[\x21-\x7e]{1,512}$/

/** The entry on a row; undefined for a row that is none. */
export const entryOf = (row: Uint8Array): Entry | undefined => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(row))
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  const { __CURSOR: cursor, MESSAGE } = value as { __CURSOR?: unknown; MESSAGE?: unknown }
  if (typeof cursor !== "string" || !cursorForm.test(cursor)) return undefined
  return { cursor, lines: carriedLines({ MESSAGE }) ?? [] }
}

export const journalHeaders = ({ cursor, lines }: JournalPlace): Record<string, string> => ({
  [header]: `${version} ${lines} ${cursor}`
})

/** The inverse; undefined for a message that no ship of a journal wrote, or one of a later version. */
export const journalPlaceIn = (headers: Readonly<Record<string, string>>): JournalPlace | undefined => {
  const [read, lines, cursor = "", ...rest] = (headers[header] ?? "").split(" ")
  if (read !== version || !/^\d+$/.test(lines ?? "") || !cursorForm.test(cursor) || rest.length > 0) return undefined
  return { cursor, lines: Number(lines) }
}
