import { LineScanner, limits, type RejectReason, reasonOf } from "../../src/index.ts"
import { bytesOf, textOf } from "./lines.ts"

interface Right {
  readonly ok: true
  readonly timeMs: number
  readonly status: number
  /** `undefined` where the line says none. */
  readonly size: number | undefined
  readonly client: string
  /** `undefined` where the request has no URL. */
  readonly url: string | undefined
}

export type Scanned = Right | { readonly ok: false; readonly reason: RejectReason }

/** Scans the line at `start` with this scanner and reads its fields as text. */
export const scanAt = (scanner: LineScanner, bytes: Uint8Array, start: number, end: number): Scanned => {
  const scan = scanner.scan(bytes, start, end)
  if (scan !== 0) return { ok: false, reason: reasonOf(scan) }
  return {
    ok: true,
    timeMs: scanner.timeMs,
    status: scanner.status,
    size: scanner.size < 0 ? undefined : scanner.size,
    client: textOf(bytes.subarray(scanner.clientStart, scanner.clientEnd)),
    url: scanner.urlStart < 0 ? undefined : textOf(bytes.subarray(scanner.urlStart, scanner.urlEnd))
  }
}

export const scannerOf = (urlKey: "path" | "target" = "path"): LineScanner =>
  new LineScanner(urlKey, limits.lineBytes, 42)

/** Scans one line that stands alone, without a line end, with a scanner that has seen nothing before. */
export const scanLine = (line: string | Uint8Array, urlKey: "path" | "target" = "path"): Scanned => {
  const bytes = typeof line === "string" ? bytesOf(line) : line
  return scanAt(scannerOf(urlKey), bytes, 0, bytes.length)
}
