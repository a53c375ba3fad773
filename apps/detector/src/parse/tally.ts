import {
  ASIDE,
  type AutoReader,
  defaultReading,
  describeCommon,
  type FormatSpec,
  IGNORED,
  type LineReading,
  LineScanner,
  limits,
  missingIn,
  nearest,
  parseNetworks,
  type RejectReason,
  readerFor,
  reasonOf,
  rfc3339,
  Templates,
  trustOf
} from "@chaussettes/domain"
import { spelledAddress } from "@chaussettes/service"
import { formName } from "./format.ts"
import { visible } from "./visible.ts"

/** A line that does not parse. */
interface Example {
  readonly file: string
  /** From 1 in its file. */
  readonly line: number
  readonly text: string
  /** Which format comes nearest, and where it breaks. */
  readonly nearest?: string
}

export interface Rejected {
  lines: number
  readonly examples: Array<Example>
}

/** What a line says, as it counts. */
export interface Fields {
  readonly file: string
  readonly line: number
  readonly format: string
  /** Null where nobody is known. */
  readonly client: string | null
  readonly time: string
  readonly method: string | null
  /** Null where the request is none that has one. */
  readonly url: string | null
  /** The template under which the URL counts, where one was made of it. */
  readonly template?: string
  readonly status: number
  readonly size: number | null
}

const exampleChars = 200
/** Reasons of lines that may be meant in another format. */
const ofAnotherForm: ReadonlySet<RejectReason> = new Set([
  "prefix",
  "time",
  "request",
  "status",
  "size",
  "truncated",
  "payload",
  "format"
])
/** Clients that are told apart, to find the one that holds most requests. */
const mostClients = 10_000
/** Templates that are counted. */
const mostTemplates = 10_000
/** So many requests of one client, and this share of them, look like a proxy's. */
const proxyRequests = 20
const proxyShare = 0.5

const privateNetworks = parseNetworks("private")
const isPrivate = trustOf(privateNetworks.ok ? privateNetworks.networks : [])

/** The times of lines, in the order in which they stand. */
interface Times {
  firstMs: number
  lastMs: number
  /** Lines that are older than one before them, and by how much at most. */
  behind: number
  mostBehindMs: number
}

/** Which lines parse as what, and why others do not. */
export class ParseTally {
  lines = 0
  parsed = 0
  readonly formats = new Map<string, number>()
  /** A line of each format with what it says. */
  readonly samples = new Map<string, { readonly text: string; readonly fields: Fields; readonly spec: FormatSpec }>()
  readonly rejected = new Map<RejectReason, Rejected>()
  readonly times: Times = {
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    behind: 0,
    mostBehindMs: 0
  }
  readonly fields: Array<Fields> = []
  /** Lines that parse and that a rule would take out, for each rule that was given. */
  readonly ignored = new Map<string, number>()
  /** Lines whose URL counts under a template, for each template. */
  readonly templates = new Map<string, number>()
  readonly #clients = new Map<string, number>()
  readonly #reader: AutoReader
  readonly #templates: Templates | undefined
  readonly #scanner: LineScanner
  readonly #examples: number
  readonly #keepsFields: number
  readonly trusts: boolean

  /**
   * @param examples how many lines are kept a reason
   * @param keepsFields of how many lines the fields are kept
   */
  constructor(examples: number, reading: LineReading = defaultReading, keepsFields = 0) {
    this.#examples = examples
    this.#keepsFields = keepsFields
    this.#reader = readerFor(reading)!
    for (const { name } of reading.ignore?.rules ?? []) this.ignored.set(name, 0)
    this.#scanner = new LineScanner("path", limits.lineBytes, 0, this.#reader)
    this.#templates = reading.templates && new Templates(reading.templates, 0)
    this.trusts = reading.trusted.length > 0
  }

  /** A file begins. */
  begin(): void {
    this.#reader.begin()
  }

  /** Takes lines of a file, of which the first has the number `firstLine`. Answers how many they are. */
  add(bytes: Uint8Array, start: number, end: number, file: string, firstLine: number): number {
    const scanner = this.#scanner
    let line = firstLine
    let aside = 0
    for (let at = start; at < end; at = scanner.next) {
      const scan = scanner.scan(bytes, at, end)
      if (scan === 0) this.#right(bytes, at, file, line)
      else if (scan === ASIDE) aside++
      else this.#reject(reasonOf(scan), bytes.subarray(at, scanner.lineEnd), file, line)
      line++
    }
    this.lines += line - firstLine - aside
    return line - firstLine
  }

  /** A client that holds so many of the requests that it looks like a proxy. */
  get proxy(): { readonly client: string; readonly share: number; readonly isPrivate: boolean } | undefined {
    let [client, most] = ["", 0]
    for (const [name, n] of this.#clients) if (n > most) [client, most] = [name, n]
    const share = most / Math.max(1, this.parsed)
    const bytes = new TextEncoder().encode(client)
    const inside = isPrivate.trusts(bytes, 0, bytes.length)
    if (this.trusts || most < proxyRequests || share < (inside ? proxyShare : 0.8)) return undefined
    return { client, share, isPrivate: inside }
  }

  #right(bytes: Uint8Array, at: number, file: string, line: number): void {
    const scanner = this.#scanner
    const spec = this.#reader.format
    const name = formName(spec, bytes, at, scanner)
    this.formats.set(name, (this.formats.get(name) ?? 0) + 1)
    this.parsed++
    this.#time(scanner.timeMs)
    if (scanner.traffic >= IGNORED) {
      const rule = this.#reader.traffic!.ruleOf(scanner.traffic)
      this.ignored.set(rule, this.ignored.get(rule)! + 1)
    }
    const client = textOf(scanner.text, scanner.clientStart, scanner.clientEnd)
    const before = this.#clients.get(client)
    if (client !== "" && (before !== undefined || this.#clients.size < mostClients)) {
      this.#clients.set(client, (before ?? 0) + 1)
    }
    const template = this.#templateOf(scanner)
    if (spec.inner.kind === "common") describeCommon(scanner)
    const isSample = !this.samples.has(name)
    if (!isSample && this.fields.length >= this.#keepsFields) return
    const fields: Fields = {
      file,
      line,
      format: name,
      // As it is counted: one address has several spellings.
      client: client === "" ? null : (spelledAddress(client) ?? client),
      time: rfc3339(scanner.timeMs),
      method: orNull(textOf(scanner.text, scanner.methodStart, scanner.methodEnd)),
      url: scanner.urlStart < 0 ? null : textOf(scanner.text, scanner.urlStart, scanner.urlEnd),
      ...(template === undefined ? {} : { template }),
      status: scanner.status,
      size: scanner.size < 0 ? null : scanner.size
    }
    if (this.fields.length < this.#keepsFields) this.fields.push(fields)
    if (isSample) {
      this.samples.set(name, { text: visible(bytes.subarray(at, scanner.lineEnd), exampleChars), fields, spec })
    }
  }

  /** The template under which the URL of the line counts, and one line more for it; undefined for none. */
  #templateOf({ text, urlStart, urlEnd, urlHash }: LineScanner): string | undefined {
    const templates = this.#templates
    if (templates === undefined || urlStart < 0 || !templates.fold(text, urlStart, urlEnd, urlHash)) return undefined
    const template = textOf(templates.bytes, templates.start, templates.end)
    const before = this.templates.get(template)
    if (before !== undefined || this.templates.size < mostTemplates) this.templates.set(template, (before ?? 0) + 1)
    return template
  }

  #time(timeMs: number): void {
    const { times } = this
    if (timeMs < times.lastMs) {
      times.behind++
      times.mostBehindMs = Math.max(times.mostBehindMs, times.lastMs - timeMs)
    }
    times.firstMs = Math.min(times.firstMs, timeMs)
    times.lastMs = Math.max(times.lastMs, timeMs)
  }

  #reject(reason: RejectReason, bytes: Uint8Array, file: string, line: number): void {
    let rejected = this.rejected.get(reason)
    if (rejected === undefined) {
      rejected = { lines: 0, examples: [] }
      this.rejected.set(reason, rejected)
    }
    rejected.lines++
    if (rejected.examples.length >= this.#examples) return
    const close = rejected.examples.length === 0 && ofAnotherForm.has(reason) ? nearestTo(bytes) : undefined
    rejected.examples.push({
      file,
      line,
      text: visible(bytes, exampleChars),
      ...(close === undefined ? {} : { nearest: close })
    })
  }
}

const orNull = (text: string): string | null => (text === "" ? null : text)

/** Bytes that are no UTF-8 are written `\xhh`. */
const textOf = (bytes: Uint8Array, start: number, end: number): string => visible(bytes.subarray(start, end), 16_384)

const OPEN_BRACE = 123

const nearestTo = (bytes: Uint8Array): string | undefined => {
  let line = ""
  for (const byte of bytes.subarray(0, limits.lineBytes)) line += String.fromCharCode(byte)
  const missing = missingIn(line) ?? []
  const isObject = bytes[0] === OPEN_BRACE
  if (missing.length > 0) {
    const what = isObject ? "a JSON object" : "a line with a request,"
    return `${what} in which no ${missing.join(" and no ")} is found${isObject ? "" : ": have the server log it too"}`
  }
  // An object is none of the formats whose fields have places.
  if (isObject) return undefined
  const found = nearest(line)
  if (found === undefined) return undefined
  const how = found.expected === "field" ? "does not fit" : `should be ${found.expected}`
  return `closest format: ${found.format}, but field ${found.field} ${how}`
}
