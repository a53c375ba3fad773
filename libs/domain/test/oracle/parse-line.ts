/*
 * The format once more, slow and obvious: regular expressions over one string a line, one character a byte. It shares nothing
 * with the scanner, so that both can only agree by being right (or by the same misunderstanding, which the tables of
 * line.test.ts are there for).
 */

export type OracleLine =
  | {
      readonly ok: true
      readonly timeMs: number
      readonly status: number
      /** Undefined where the line says none. */
      readonly size: number | undefined
      readonly client: string
      readonly url: string | undefined
    }
  | { readonly ok: false }

const wrong: OracleLine = { ok: false }

/** Lines as they stand between line feeds, without a carriage return at their end. A last line feed begins no line. */
export const splitLines = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  if (lines[lines.length - 1] === "") lines.pop()
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
}

const clientForm = /^[A-Za-z0-9._:%-]+$/

/** The client out of what stands before the time: `[virtual-host ]client ident user`. */
const clientOf = (words: ReadonlyArray<string>): string | undefined => {
  const [first, second, third] = words
  if (words.length < 3 || first === "" || second === "") return undefined
  let client: string
  if (second === "-" || (words.length === 3 && third !== "")) client = first!
  else if (words.length > 3 && third === "-" && !first!.endsWith(",")) client = second!
  else return undefined
  return clientForm.test(client) && client !== "-" ? client : undefined
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const timeForm = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/

const timeOf = (text: string): number | undefined => {
  const m = timeForm.exec(text)
  if (m === null) return undefined
  const month = monthNames.indexOf(m[2]!)
  const [day, year, hour, minute, second, zoneHour, zoneMinute] = [1, 3, 4, 5, 6, 8, 9].map((i) => Number(m[i])) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number
  ]
  if (month < 0 || year < 1970 || hour > 23 || minute > 59 || second > 59 || zoneMinute > 59) return undefined
  const zone = (zoneHour * 60 + zoneMinute) * (m[7] === "-" ? -1 : 1)
  if (zone < -720 || zone > 840) return undefined
  const local = Date.UTC(year, month, day, hour, minute, second)
  if (new Date(local).getUTCDate() !== day) return undefined
  return local - zone * 60_000
}

const requestForm = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+ ((?:[^ \\]|\\.)*)( HTTP\/\d(?:\.\d)?)?$/
const absoluteForm = /^[A-Za-z0-9+.-]+:\/\/[^/?]+(\/.*)?/

const urlOf = (request: string, urlKey: "path" | "target"): string | undefined => {
  const m = requestForm.exec(request)
  if (m === null) return undefined
  const target = m[1]!
  if (m[2] === undefined && !target.startsWith("/")) return undefined // HTTP/0.9 knows paths only
  const url = urlKey === "target" ? target : /^(?:[^?\\]|\\.)*/.exec(target)![0]
  if (target.startsWith("/") || target === "*") return url
  const absolute = absoluteForm.exec(url)
  return absolute === null ? undefined : (absolute[1] ?? "/")
}

const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const further = `(?: (?:${quoted}|(?!")[^ ]*))*`
/** Behind `[time] `: request, status, size, and nothing, or referer and agent, or other fields; then further ones. */
const tailForm = new RegExp(
  `^"((?:[^"\\\\]|\\\\.)*)" ([1-5]\\d\\d) (-|\\d{1,19})(?:| ${quoted} ${quoted}${further}| (?!")[^ ]*${further})$`
)
const openForm = / \[(..\/.{23})\] (?=")/

export const parseLine = (line: string, urlKey: "path" | "target"): OracleLine => {
  if (line.length > 16 * 1024 || /[\x00-\x1f\x7f]/.test(line)) return wrong
  const open = openForm.exec(line)
  if (open === null) return wrong
  const client = clientOf(line.slice(0, open.index).split(" "))
  const timeMs = timeOf(open[1]!)
  const tail = tailForm.exec(line.slice(open.index + open[0].length))
  if (client === undefined || timeMs === undefined || tail === null) return wrong
  const size = tail[3] === "-" ? undefined : Number(tail[3])
  return { ok: true, timeMs, status: Number(tail[2]), size, client, url: urlOf(tail[1]!, urlKey) }
}
