import { ADDRESS, type Narrowed, narrow } from "../line/address.ts"
import { AnyTime } from "../line/any-time.ts"
import type { TextSpec } from "./spec.ts"

/*
 * The pattern of lines that no table knows: their words are put under each other, and a column is what all its words are. What could be two things
 * is neither.
 */

interface Word {
  readonly text: string
  /** What stands before it, from the word before on. */
  readonly gap: string
  readonly open: "" | '"' | "[" | '"['
}

const closing = { "": "", '"': '"', "[": "]", '"[': ']"' } as const

type Column = "time" | "request" | "method" | "url" | "status" | "address" | "number" | "other"

const time = new AnyTime()
const place: Narrowed = { from: 0, to: 0 }
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

const isTime = (text: string): boolean => {
  const bytes = bytesOf(text)
  return time.read(bytes, 0, bytes.length)
}

const isAddress = (text: string): boolean => {
  const bytes = bytesOf(text)
  return narrow(bytes, 0, bytes.length, place) === ADDRESS
}

/** Statuses that servers send: among three digits these are more likely a status than a size. */
const statusForm =
  /^(?:1(?:0[0-3])|2(?:0[0-8]|26)|3(?:0[0-8])|4(?:[01]\d|2[0-9]|31|44|51|60|63|9[4-9])|5(?:0\d|1[01]|2[0-9]|30|61|9[89])|999|000|-)$/
const methodForm =
  /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|PURGE|REPORT|SEARCH|PRI|-)$/
const urlForm = /^(?:\/\S*|\*|https?:\/\/\S+)$/
const requestForm = /^[A-Z_-]{3,20} \S+ HTTP\/\d(?:\.\d)?$/

/** The brackets of `[2001:db8::1]:80` are its own. */
const addressWithPort = /^\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\]:\d/

const wordsOf = (line: string, separator: string): ReadonlyArray<Word> | undefined => {
  const words: Array<Word> = []
  let i = 0
  let gap = ""
  while (i < line.length) {
    const c = line[i]!
    if (c === separator || (separator === "," && c === " ")) {
      gap += c
      i++
      continue
    }
    const open = c === '"' || (c === "[" && !addressWithPort.test(line.slice(i, i + 64))) ? c : ""
    const close = open === "[" ? "]" : open === "" ? separator : open
    let to = open === "" ? i : i + 1
    while (to < line.length && line[to] !== close) to += line[to] === "\\" && open === '"' ? 2 : 1
    if (open !== "") {
      // A bracket or a quote that does not end a word is a part of one.
      if (to >= line.length) {
        if (open === '"') return undefined
        to = line.indexOf(separator, i)
        if (to < 0) to = line.length
        words.push({ text: line.slice(i, to), gap, open: "" })
        i = to
      } else {
        const text = line.slice(i + 1, to)
        // A time keeps its brackets where all fields are quoted.
        const isBoth = open === '"' && text.startsWith("[") && text.endsWith("]")
        words.push(isBoth ? { text: text.slice(1, -1), gap, open: '"[' } : { text, gap, open })
        i = to + 1
      }
    } else {
      words.push({ text: line.slice(i, to), gap, open: "" })
      i = to
    }
    gap = ""
    if (i < line.length && line[i] !== separator && !(separator === "," && line[i] === " ")) return undefined
  }
  return joinedTimes(words)
}

const dayForm = /^(?:\d{4}[-/]\d\d[-/]\d\d|\d\d\/\w{3}\/\d{4})$/
const clockForm = /^\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?$/
const stampForm = /^(?:\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?)$/
const zoneForm = /^[+-]\d\d:?\d\d$/

/** A day and a time of day, or a time and its zone, are one word. */
const joinedTimes = (words: ReadonlyArray<Word>): ReadonlyArray<Word> => {
  const joined: Array<Word> = []
  for (const word of words) {
    const before = joined[joined.length - 1]
    const isPart =
      before !== undefined &&
      before.open === "" &&
      word.open === "" &&
      word.gap === " " &&
      ((dayForm.test(before.text) && clockForm.test(word.text)) ||
        (stampForm.test(before.text) && zoneForm.test(word.text)))
    if (isPart) joined[joined.length - 1] = { ...before, text: `${before.text} ${word.text}` }
    else joined.push(word)
  }
  return joined
}

const columnOf = (words: ReadonlyArray<Word>, separator: string): Column => {
  const all = (is: (text: string) => boolean) => words.every(({ text }) => is(text))
  const some = (is: (text: string) => boolean) => words.some(({ text }) => is(text))
  const most = (is: (text: string) => boolean) => words.filter(({ text }) => is(text)).length * 2 > words.length
  if (all(isTime)) return "time"
  // Without quotes only where its spaces do not part the columns.
  if ((words[0]!.open === '"' || separator !== " ") && most((text) => requestForm.test(text))) return "request"
  if (all((text) => methodForm.test(text)) && some((text) => text !== "-")) return "method"
  if (all((text) => isAddress(text) || text === "-") && some(isAddress)) return "address"
  if (all((text) => statusForm.test(text)) && some((text) => text !== "-")) return "status"
  if (all((text) => /^(?:\d{1,19}|-)$/.test(text)) && some((text) => text !== "-")) return "number"
  if (most((text) => urlForm.test(text))) return "url"
  return "other"
}

const majority = (counts: ReadonlyArray<number>): number => {
  const sorted = [...counts].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** The pattern of the lines; undefined where their words do not settle one. */
export const patternOf = (lines: ReadonlyArray<string>): TextSpec | undefined => {
  for (const separator of ["\t", "|", ";", ",", " "]) {
    if (separator !== " " && !lines.every((line) => line.split(separator).length >= (separator === "\t" ? 4 : 5)))
      continue
    const pattern = patternWith(lines, separator)
    if (pattern !== undefined) return pattern
  }
  return undefined
}

const patternWith = (lines: ReadonlyArray<string>, separator: string): TextSpec | undefined => {
  const rows = lines.flatMap((line) => {
    const words = wordsOf(line, separator)
    return words === undefined || words.length < 4 ? [] : [words]
  })
  if (rows.length * 2 <= lines.length) return undefined
  const width = majority(rows.map((row) => row.length))
  const even = rows.filter((row) => row.length === width)
  if (even.length * 2 <= rows.length) return undefined
  const first = even[0]!
  const columns = first.map((_, i) =>
    columnOf(
      even.map((row) => row[i]!),
      separator
    )
  )
  const fields = new Map<number, string>()
  const at = (column: Column, from = 0) => columns.indexOf(column, from)

  const timeAt = at("time")
  if (timeAt < 0) return undefined
  fields.set(timeAt, "time")
  let asked = at("request")
  let askedEnd = asked
  if (asked >= 0) fields.set(asked, "request")
  else {
    const method = at("method")
    const url = method < 0 ? at("url") : at("url", method + 1)
    if (url < 0) return undefined
    asked = method < 0 ? url : method
    askedEnd = url
    if (method >= 0) fields.set(method, "method")
    fields.set(url, "url")
  }
  const status = statusAt(columns, askedEnd, even)
  if (status < 0) return undefined
  fields.set(status, "status")
  const client = clientAt(columns, Math.min(asked, status), even)
  if (client < 0) return undefined
  fields.set(client, "client")
  if (columns[status + 1] === "number" || columns[status + 1] === "status") fields.set(status + 1, "size")

  let pattern = ""
  const last = Math.max(...fields.keys())
  for (let i = 0; i <= last; i++) {
    const word = first[i]!
    const field = fields.get(i)
    const gap = i === 0 ? word.gap : word.gap === "" ? separator : word.gap
    pattern += `${gap}${word.open}\${${field ?? "_"}}${closing[word.open]}`
  }
  // So that the last field ends where its column does.
  if (last + 1 < width) pattern += `${first[last + 1]!.gap === "" ? separator : first[last + 1]!.gap}\${_}`
  return hasChosen(columns, first, fields) ? undefined : { kind: "text", pattern }
}

/** With fewer lines than this a size may look like a status by chance. */
const linesThatSettle = 5

/**
 * The status among the columns that could be it. Most servers write it behind the request: then it is the only one there, or with enough lines the one
 * directly behind. Where one stands before the request as well, or only there, it must change while the others do not.
 */
const statusAt = (
  columns: ReadonlyArray<Column>,
  request: number,
  rows: ReadonlyArray<ReadonlyArray<Word>>
): number => {
  const all = columns.flatMap((column, i) => (column === "status" ? [i] : []))
  const behind = all.filter((i) => i > request)
  if (behind.length < all.length) {
    const changing = all.filter((i) => new Set(rows.map((row) => row[i]!.text)).size > 1)
    return rows.length >= linesThatSettle && changing.length === 1 ? changing[0]! : -1
  }
  if (behind.length === 1) return behind[0]!
  if (behind.length === 0 || rows.length < linesThatSettle) return -1
  const [first] = behind
  // A version stands between them, where the request is not one field.
  return first === request + 1 || (first === request + 2 && columns[request + 1] === "other") ? first! : -1
}

/**
 * The only address, or the only one before the request where those behind have ports: they are of upstreams. Else the one in front may be the server's
 * own, as in IIS' lines.
 */
const clientAt = (columns: ReadonlyArray<Column>, before: number, rows: ReadonlyArray<ReadonlyArray<Word>>): number => {
  const all = columns.flatMap((column, i) => (column === "address" ? [i] : []))
  if (all.length === 1) return all[0]!
  const early = all.filter((i) => i < before)
  const areUpstreams = all.every((i) => i < before || rows.every((row) => withPort.test(row[i]!.text)))
  return early.length === 1 && areUpstreams ? early[0]! : -1
}

const withPort = /^(?:-|[\d.]+:\d+|\[[^\]]*\]:\d+)$/

/** Whether a field that is wanted stands behind words without quotes that clients may choose: then one of these could pass for it. */
const hasChosen = (
  columns: ReadonlyArray<Column>,
  words: ReadonlyArray<Word>,
  fields: ReadonlyMap<number, string>
): boolean => {
  const last = Math.max(...fields.keys())
  return columns.some((column, i) => column === "url" && !fields.has(i) && i < last && words[i]!.open === "")
}
