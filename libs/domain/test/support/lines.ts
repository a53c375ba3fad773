import { readFileSync } from "node:fs"

/** One character a byte, in both directions: tests write bytes as text. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"))
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n: number): string => `${n}`.padStart(2, "0")

/** `17/May/2015:10:05:03 +0000`, in a zone of so many minutes east of Greenwich. */
export const logTime = (ms: number, zoneMinutes = 0): string => {
  const t = new Date(ms + zoneMinutes * 60_000)
  const zone = Math.abs(zoneMinutes)
  return (
    `${two(t.getUTCDate())}/${monthNames[t.getUTCMonth()]}/${t.getUTCFullYear()}:` +
    `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} ` +
    `${zoneMinutes < 0 ? "-" : "+"}${two(Math.floor(zone / 60))}${two(zone % 60)}`
  )
}

/** What the tests' lines are made of, unless a test says otherwise: a Combined line with every field there. */
export interface LineParts {
  readonly host?: string
  readonly client?: string
  readonly ident?: string
  readonly user?: string
  readonly time?: string
  readonly request?: string
  readonly status?: string
  readonly size?: string
  /** What stands behind the size, its space with it. */
  readonly rest?: string
}

export const common = (parts: LineParts = {}): string => {
  const p = {
    client: "192.0.2.7",
    ident: "-",
    user: "-",
    time: "17/May/2015:10:05:03 +0000",
    request: "GET /a/b?c=d HTTP/1.1",
    status: "200",
    size: "1234",
    rest: "",
    ...parts
  }
  const host = p.host === undefined ? "" : `${p.host} `
  return `${host}${p.client} ${p.ident} ${p.user} [${p.time}] "${p.request}" ${p.status} ${p.size}${p.rest}`
}

export const combined = (parts: LineParts = {}): string =>
  common({ rest: ' "http://example.com/start" "Mozilla/5.0 (X11; Linux)"', ...parts })

/** The time that `common` and `combined` carry. */
export const lineTimeMs = Date.UTC(2015, 4, 17, 10, 5, 3)

/** The 10,000 real lines, with their line ends. */
export const realLog = (): Uint8Array =>
  Uint8Array.from(readFileSync(new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url)))
