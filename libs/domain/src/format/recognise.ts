import { limits } from "../limits.ts"
import { ADDRESS, type Narrowed, narrow, UNKNOWN } from "../line/address.ts"
import { AnyTime } from "../line/any-time.ts"
import { LineScanner } from "../line/line.ts"
import { AMBIGUOUS, reasonOf } from "../line/scan-code.ts"
import { readerOf } from "./compile.ts"
import type { DurationUnit, FieldName, Reading } from "./fields.ts"
import { fieldNames } from "./fields.ts"
import { noChoice } from "./finish.ts"
import { headed, separators } from "./headed.ts"
import { durationKeys, keyNames, plainName } from "./names.ts"
import { commonSpec, type FormatSpec, type InnerSpec, type JsonSpec, type LabelledSpec, type Wrapper } from "./spec.ts"
import { patternOf } from "./structure.ts"
import { knownFormats } from "./table.ts"
import { TextReader } from "./text.ts"
import { behindWrapper, withoutColours } from "./wrapper.ts"

/*
 * Which format lines have, by their structure: a pure function of the lines, so that whoever reads them again reads them alike. It is asked for
 * lines that no format reads that is known already, and need not be fast.
 */

const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** The formats that are tried on all lines, compiled once: they are plain data, and none of them remembers a line. */
const compiled = new Map<InnerSpec, LineScanner>()

const scannerOf = (spec: FormatSpec): LineScanner => {
  let scanner = compiled.get(spec.inner)
  if (scanner === undefined || spec.inner.kind === "common") {
    scanner = new LineScanner("path", limits.lineBytes, 0, readerOf(spec, noChoice))
    if (compiled.size >= limits.formatsKept) compiled.clear()
    if (spec.inner.kind === "json" || knownFormats.some((format) => format.spec === spec.inner)) {
      compiled.set(spec.inner, scanner)
    }
  }
  return scanner
}

/** How many of the lines a format reads, be it in two ways. */
const readBy = (spec: FormatSpec, lines: ReadonlyArray<string>): number => {
  const scanner = scannerOf(spec)
  let right = 0
  for (const line of lines) {
    const bytes = bytesOf(line)
    const code = scanner.scan(bytes, 0, bytes.length)
    if (code === 0 || code === AMBIGUOUS) right++
  }
  return right
}

const named = (name: string, inner: InnerSpec, wrappers: ReadonlyArray<Wrapper> = []): FormatSpec => ({
  name,
  wrappers,
  inner
})

/** More than this many wrappers around each other are none that programs make. */
const deepest = 4

/**
 * The format of these lines, one character a byte, without line ends; undefined where most of them have none that is known. What the lines do not
 * settle is not guessed at: then there is no format either.
 */
export const recognise = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const told = lines.filter((line) => line !== "").slice(0, limits.recogniseLines)
  return mayBeAccess(told) ? within(told, 0) : undefined
}

/** A time, a status and a client have so many digits at least; a line without them costs no further look. */
const leastDigits = 12

const mayBeAccess = (lines: ReadonlyArray<string>): boolean =>
  lines.some((line) => {
    if (line.startsWith("#")) return true
    let digits = 0
    for (let i = 0; i < line.length && digits < leastDigits; i++) {
      const c = line.charCodeAt(i)
      if (c >= 48 && c <= 57) digits++
    }
    return digits >= leastDigits || isHeaderLine(line)
  })

const isHeaderLine = (line: string): boolean =>
  line.length < 4_096 && separators.some((separator) => line.includes(separator)) && /status/i.test(line)

const within = (lines: ReadonlyArray<string>, depth: number): FormatSpec | undefined => {
  const most = (spec: FormatSpec | undefined): spec is FormatSpec =>
    spec !== undefined && readBy(spec, lines) * 2 > lines.length
  // An object is none of Common, and this is asked often.
  if (!lines[0]!.startsWith('{"') && most(commonSpec)) return commonSpec
  if (depth < deepest) {
    const unwrapped = unwrap(lines, depth)
    if (unwrapped !== undefined) return unwrapped
  }
  const candidates: ReadonlyArray<() => FormatSpec | undefined> = [
    () => jsonOf(lines),
    () => jsonBehindTime(lines),
    () => headed(lines),
    ...knownFormats.map((format) => () => named(format.name, format.spec)),
    () => labelledOf(lines),
    () => {
      const pattern = patternOf(lines)
      return pattern === undefined ? undefined : named("pattern", pattern)
    }
  ]
  for (const candidate of candidates) {
    const spec = candidate()
    if (spec === undefined) continue
    if (spec.inner.kind === "columns" && spec.name !== "gcs") return spec
    if (most(spec)) return spec
  }
  return undefined
}

const fronts = ["kubectl", "cri", "compose", "syslog", "stamp"] as const

/** The format inside of what a program has put around the lines, with it. */
const unwrap = (lines: ReadonlyArray<string>, depth: number): FormatSpec | undefined => {
  const around = (wrapper: Wrapper, inner: ReadonlyArray<string>): FormatSpec | undefined => {
    const spec = inner.length > 0 && mayBeAccess(inner) ? within(inner, depth + 1) : undefined
    return spec === undefined ? undefined : { ...spec, wrappers: [wrapper, ...spec.wrappers] }
  }
  if (lines.some((line) => line.includes("\x1b["))) {
    const plain = lines.map((line) => {
      const bytes = bytesOf(line)
      const into = new Uint8Array(bytes.length)
      return String.fromCharCode(...into.subarray(0, withoutColours(bytes, 0, bytes.length, into)).subarray(0, 16_384))
    })
    const spec = around({ kind: "ansi" }, plain)
    if (spec !== undefined) return spec
  }
  if (!lines[0]!.startsWith("{")) {
    const bytes = lines.map(bytesOf)
    for (const kind of fronts) {
      const parted = lines.flatMap((line, i) => {
        const at = behindWrapper(kind, bytes[i]!, 0, line.length)
        return at < 0 ? [] : [[line.slice(0, at), line.slice(at)] as const]
      })
      if (parted.length * 2 <= lines.length) continue
      const spec = around({ kind }, kind === "cri" ? joined(parted) : parted.map(([, inner]) => inner))
      if (spec !== undefined) return spec
    }
  }
  return unwrapJson(lines, around)
}

/** The lines inside those of a container runtime, of which long ones come in parts: the parts together. */
const joined = (lines: ReadonlyArray<readonly [front: string, inner: string]>): ReadonlyArray<string> => {
  const whole: Array<string> = []
  let part = ""
  for (const [front, inner] of lines) {
    part += inner
    if (front.endsWith(" P ")) continue
    whole.push(part)
    part = ""
  }
  return whole
}

/** Where shippers put the line that they carry, in the order in which it is looked for. */
const linePaths: ReadonlyArray<ReadonlyArray<string>> = [
  ["message"],
  ["log"],
  ["MESSAGE"],
  ["fields", "message"],
  ["fields", "value"],
  ["event", "original"],
  ["line"],
  ["msg"],
  ["textPayload"],
  ["event"],
  ["_raw"],
  ["raw"],
  ["body"]
]

const unwrapJson = (
  lines: ReadonlyArray<string>,
  around: (wrapper: Wrapper, inner: ReadonlyArray<string>) => FormatSpec | undefined
): FormatSpec | undefined => {
  const objects = lines.flatMap((line) => {
    const value = parsed(line[0] === "[" ? line.slice(line.indexOf("{"), line.lastIndexOf("}") + 1) : line)
    return value === undefined ? [] : [value]
  })
  if (objects.length * 2 <= lines.length) return undefined
  for (const path of linePaths) {
    const inner = objects.flatMap((object) => {
      const value = path.reduce<unknown>((o, key) => (isObject(o) ? o[key] : undefined), object)
      if (isBytes(value)) return [String.fromCharCode(...value)]
      return typeof value === "string" && value !== "" ? [latin1(value.replace(/\r?\n$/, ""))] : []
    })
    const spec = inner.length * 2 <= lines.length ? undefined : around({ kind: "json", path }, inner)
    if (spec !== undefined) return spec
  }
  return undefined
}

/** A message of journald's that is no UTF-8. */
const isBytes = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= limits.lineBytes &&
  value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Bytes of UTF-8, one character each, as lines are held here. */
const latin1 = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  let found = ""
  for (const byte of bytes) found += String.fromCharCode(byte)
  return found
}

/** An object that a line is. nginx writes `\x22` into JSON where it was not told `escape=json`. */
const parsed = (line: string): { readonly [key: string]: unknown } | undefined => {
  const text = line.trim()
  if (!text.startsWith("{")) return undefined
  for (const form of [text, text.replaceAll(/\\x([0-9a-fA-F]{2})/g, "\\u00$1")]) {
    try {
      const value: unknown = JSON.parse(form)
      return isObject(value) ? value : undefined
    } catch {}
  }
  return undefined
}

/** A value of the lines' objects, under its keys. */
interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly values: Array<string>
}

const leavesOf = (objects: ReadonlyArray<{ readonly [key: string]: unknown }>): ReadonlyArray<Leaf> => {
  const leaves = new Map<string, Leaf>()
  const walk = (value: unknown, path: ReadonlyArray<string>): void => {
    if (isObject(value) && path.length < 6) {
      for (const key of Object.keys(value)) walk(value[key], [...path, key])
      return
    }
    const last = Array.isArray(value) ? value[value.length - 1] : value
    if (typeof last !== "string" && typeof last !== "number") return
    const name = path.join("\0")
    const leaf = leaves.get(name) ?? { path, values: [] }
    leaf.values.push(`${last}`)
    leaves.set(name, leaf)
  }
  for (const object of objects) walk(object, [])
  return [...leaves.values()]
}

const time = new AnyTime()
const place: Narrowed = { from: 0, to: 0 }

const isTime = (text: string): boolean => {
  const bytes = bytesOf(text.replace(/^\[(.*)\]$/, "$1"))
  return time.read(bytes, 0, bytes.length)
}
const isClient = (text: string): boolean => {
  const bytes = bytesOf(text)
  const kind = narrow(bytes, 0, bytes.length, place)
  return kind === ADDRESS || kind === UNKNOWN || text === ""
}
const isAddressList = (text: string): boolean =>
  text === "" || text === "-" || text.split(",").some((a) => isClient(a.trim())) || /for=/i.test(text)
const isStatus = (text: string): boolean => /^(?:[1-9]\d\d(?:\.\d+)?|000|0|-|-1|)$/.test(text)
const isMethod = (text: string): boolean => /^[A-Za-z][A-Za-z_-]{1,24}$|^-?$/.test(text)
const isUrl = (text: string): boolean => /^(?:\/|\*$|-?$|[a-zA-Z][a-zA-Z0-9+.-]*:\/\/)/.test(text)
/** Akamai's key for a path, which may lack its first slash. */
const bareUrlKey = "reqpath"
const isBarePath = (text: string): boolean => /^[^\s"]*$/.test(text)
const isRequest = (text: string): boolean => /^[A-Za-z_-]+ \S+(?: HTTP\/\d(?:\.\d)?)?$|^-?$/.test(text)
const isSize = (text: string): boolean => /^(?:-?|\d{1,19})$/.test(text)

const isDuration = (text: string): boolean => /^(?:-?|[+-]?\d+(?:\.\d+)?(?:e-?\d+)?\s?(?:[mun]?s)?)$/i.test(text)

const isOf: { readonly [name in FieldName]?: (text: string) => boolean } = {
  client: isClient,
  forwarded: isAddressList,
  real_client: isClient,
  time: isTime,
  request: isRequest,
  method: isMethod,
  url: isUrl,
  status: isStatus,
  size: isSize,
  duration: isDuration
}

/** What values say themselves of what they count: nginx writes seconds with three digits behind the point. */
const unitSigns = {
  nginx: (text: string) => /^\d+\.\d{3}$/.test(text),
  s: (text: string) => /^\d+(?:\.\d+)?s$/.test(text),
  ms: (text: string) => /^\d+(?:\.\d+)?ms$/.test(text),
  us: (text: string) => /^\d+(?:\.\d+)?us$/.test(text),
  ns: (text: string) => /^\d+(?:\.\d+)?ns$/.test(text)
} as const

const most = (values: ReadonlyArray<string>, test: (text: string) => boolean): boolean =>
  values.filter(test).length * 2 > values.length

/** What the durations count; undefined where nothing says it: then they are not measured. */
const unitOf = (leaves: ReadonlyArray<Leaf>, paths: JsonSpec["paths"]): DurationUnit | undefined => {
  const path = paths.duration
  const leaf = path === undefined ? undefined : leaves.find((l) => l.path.join("\0") === path.join("\0"))
  if (leaf === undefined) return undefined
  const name = plainName(leaf.path[leaf.path.length - 1]!)
  const named = durationKeys.get(name)
  if (named !== undefined) return named
  if (name === "requesttime" && most(leaf.values, unitSigns.nginx)) return "s"
  // Caddy
  const client = paths.client === undefined ? "" : plainName(paths.client.join(""))
  const isCaddy = client === "requestremoteip" || client === "requestclientip"
  if (name === "duration" && isCaddy && paths.time?.length === 1 && paths.time[0] === "ts") return "s"
  return (["s", "ms", "us", "ns"] as const).find((unit) => most(leaf.values, unitSigns[unit]))
}

/** Paths of the fields among the leaves: by their names, as far as their values are what the names promise. */
const pathsOf = (leaves: ReadonlyArray<Leaf>): { [name in FieldName]?: ReadonlyArray<string> } => {
  const paths: { [name in FieldName]?: ReadonlyArray<string> } = {}
  const taken = new Set<Leaf>()
  const plain = leaves.map((leaf) => ({
    leaf,
    whole: plainName(leaf.path.join("")),
    last: plainName(leaf.path[leaf.path.length - 1]!)
  }))
  for (const name of fieldNames) {
    const fits = ({ leaf }: (typeof plain)[number], right: (text: string) => boolean) =>
      // Those who ask may send anything; a field is what most of its values are.
      !taken.has(leaf) && leaf.values.filter(right).length * 2 > leaf.values.length && leaf.values.some((v) => v !== "")
    search: for (const wanted of keyNames[name] ?? []) {
      for (const by of ["whole", "last"] as const) {
        // The value that lies least deep is the line's own.
        const found = plain
          .filter((p) => p[by] === wanted && fits(p, wanted === bareUrlKey ? isBarePath : (isOf[name] ?? (() => true))))
          .sort((a, b) => a.leaf.path.length - b.leaf.path.length)[0]
        if (found === undefined) continue
        paths[name] = found.leaf.path
        taken.add(found.leaf)
        break search
      }
    }
  }
  return paths
}

/** A day and a time of the day that stand apart, as in CloudFront's JSON. */
const timeApart = (leaves: ReadonlyArray<Leaf>): Pick<JsonSpec["paths"], "date" | "time"> => {
  const leafOf = (name: string, form: RegExp) =>
    leaves.find(
      ({ path, values }) => path.length === 1 && plainName(path[0]!) === name && most(values, (v) => form.test(v))
    )
  const date = leafOf("date", /^\d{4}-\d\d-\d\d$/)
  const time = leafOf("time", /^\d\d:\d\d:\d\d$/)
  return date === undefined || time === undefined ? {} : { date: date.path, time: time.path }
}

/** Which of the fields that a verdict needs are not among these. */
const missingOf = (paths: { readonly [name in FieldName]?: unknown }): ReadonlyArray<string> =>
  Object.entries({
    time: paths.time,
    client: paths.client ?? paths.forwarded ?? paths.real_client,
    URL: paths.url ?? paths.request,
    status: paths.status
  }).flatMap(([name, path]) => (path === undefined ? [name] : []))

const isWhole = (paths: { readonly [name in FieldName]?: unknown }): boolean => missingOf(paths).length === 0

/** Servers that are known by what they call a time and a duration, with what that counts. */
const servers: ReadonlyArray<{ time: string; duration: string; unit: DurationUnit; name: string }> = [
  { name: "traefik-json", time: "startutc", duration: "duration", unit: "ns" },
  { name: "envoy-json", time: "starttime", duration: "duration", unit: "ms" },
  { name: "kong", time: "startedat", duration: "latenciesrequest", unit: "ms" },
  { name: "gcp-load-balancer", time: "timestamp", duration: "httprequestlatency", unit: "s" }
]

const rfc7239 = ({ forwarded }: JsonSpec["paths"]): Reading =>
  forwarded !== undefined && /^(?:http)?forwarded$/.test(plainName(forwarded[forwarded.length - 1]!))
    ? { rfc7239: true }
    : {}

/** How a format of these keys is read, and its name. */
const readingOf = (
  leaves: ReadonlyArray<Leaf>,
  paths: JsonSpec["paths"]
): { reading: Reading; name: string; duration?: Leaf } => {
  const has = (wanted: string) => leaves.find((leaf) => plainName(leaf.path.join("")) === wanted)
  for (const { time: from, duration, unit, name } of servers) {
    const leaf = has(duration)
    if (paths.time !== undefined && plainName(paths.time.join("")) === from && leaf !== undefined) {
      const ownHost = name.startsWith("gcp")
      return { name, duration: leaf, reading: { unit, ...(ownHost ? { ownHost } : {}) } }
    }
  }
  // Google's load balancer, Azure Front Door
  const ownHost = has("httprequestrequesturl") !== undefined || has("propertiestrackingreference") !== undefined
  const unit = unitOf(leaves, paths)
  const counts = unit === undefined ? {} : { unit }
  const bareUrl = paths.url !== undefined && plainName(paths.url[paths.url.length - 1]!) === bareUrlKey
  return {
    name: "json",
    reading: {
      ...(ownHost ? { ownHost } : {}),
      ...(bareUrl ? { bareUrl } : {}),
      ...counts,
      ...rfc7239(paths)
    }
  }
}

const jsonOf = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const objects = lines.map(parsed).filter((object) => object !== undefined)
  if (objects.length * 2 <= lines.length) return undefined
  const leaves = leavesOf(objects)
  const shape = shapeOf(leaves)
  let found = shapes.get(shape)
  if (found === undefined) {
    found = { spec: ofLeaves(leaves) }
    if (shapes.size >= limits.formatsKept) shapes.clear()
    shapes.set(shape, found)
  }
  return found.spec
}

/** Caddy's console, and what else is made with zap: `time<TAB>level<TAB>…<TAB>{…}`. */
const jsonBehindTime = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const objects = lines.flatMap((line) => {
    const tab = line.indexOf("\t")
    const object = line.indexOf("\t{")
    const value = object > 0 && isTime(line.slice(0, tab)) ? parsed(line.slice(object + 1)) : undefined
    return value === undefined ? [] : [{ ...value, time: line.slice(0, tab) }]
  })
  if (objects.length * 2 <= lines.length) return undefined
  const spec = ofLeaves(leavesOf(objects))
  if (spec?.inner.kind !== "json") return undefined
  const { time: _, ...paths } = spec.inner.paths
  const { client, duration } = paths
  const isCaddy = client?.[0] === "request" && client.length === 2 && duration?.[0] === "duration"
  return { ...spec, inner: { ...spec.inner, paths, timeFirst: true, ...(isCaddy ? { unit: "s" } : {}) } }
}

/** What was made of objects of a shape: it follows from the shape alone, and most objects have the shape of the ones before. */
const shapes = new Map<string, { readonly spec: FormatSpec | undefined }>()

const tests = [...Object.values(isOf), ...Object.values(unitSigns)]

/** All of the objects that their format follows from: the keys, and which fields their values could be. */
const shapeOf = (leaves: ReadonlyArray<Leaf>): string =>
  leaves
    .map(({ path, values }) => {
      let bits = values.some((v) => v !== "") ? 1 : 0
      for (const test of tests) bits = bits * 2 + (most(values, test) ? 1 : 0)
      return `${path.join("\0")}\x01${bits}`
    })
    .join("\x02")

const ofLeaves = (leaves: ReadonlyArray<Leaf>): FormatSpec | undefined => {
  const found = pathsOf(leaves)
  const paths = found.time === undefined ? { ...found, ...timeApart(leaves) } : found
  if (!isWhole(paths)) return undefined
  // What says all is preferred to what says a part.
  if (paths.request !== undefined && paths.url === undefined) delete paths.method
  else if (paths.url !== undefined) delete paths.request
  const { name, reading, duration } = readingOf(leaves, paths)
  if (duration !== undefined) paths.duration = duration.path
  return named(name, { kind: "json", paths, ...reading })
}

const pairs = {
  ltsv: (line: string) =>
    line.split("\t").flatMap((pair) => {
      const colon = pair.indexOf(":")
      return colon <= 0 ? [] : [[pair.slice(0, colon), pair.slice(colon + 1)] as const]
    }),
  logfmt: (line: string) =>
    [...line.matchAll(/(?:^| )([A-Za-z_@][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|([^ ]*))/g)].map(
      (m) => [m[1]!, m[2] ?? m[3]!] as const
    )
} as const

const labelledOf = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  for (const style of ["ltsv", "logfmt"] as const) {
    if (style === "ltsv" && !lines[0]!.includes("\t")) continue
    const leaves = leavesOf(lines.map((line) => Object.fromEntries(pairs[style](line))))
    const paths = pathsOf(leaves)
    // Heroku's router leaves its time to what carries the line.
    const timeFirst = paths.time === undefined && lines.every((line) => isTime(line.slice(0, line.indexOf(" "))))
    if (!isWhole(timeFirst ? { ...paths, time: [] } : paths)) continue
    if (paths.request !== undefined) {
      delete paths.method
      delete paths.url
      delete paths.query
    }
    const keys = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path[0]!]))
    const unit = unitOf(leaves, paths)
    const spec: LabelledSpec = {
      kind: "labelled",
      style,
      keys,
      ...(timeFirst ? { timeFirst } : {}),
      ...(unit === undefined ? {} : { unit }),
      ...rfc7239(paths)
    }
    return named(style, spec)
  }
  return undefined
}

/** Which fields are not found in a line that is a JSON object; undefined for any other line. */
export const missingIn = (line: string): ReadonlyArray<string> | undefined => {
  const object = parsed(line)
  return object === undefined ? undefined : missingOf(pathsOf(leavesOf([object])))
}

/** The format that comes nearest to a line that none reads, and where it breaks. */
export interface Nearest {
  readonly format: string
  /** The field that was expected, from 1, and what it is. */
  readonly field: number
  readonly expected: string
}

export const nearest = (line: string): Nearest | undefined => {
  const bytes = bytesOf(line)
  let best: (Nearest & { readonly share: number }) | undefined
  for (const { name, spec } of knownFormats) {
    if (spec.kind !== "text") continue
    const reader = new TextReader(spec, noChoice)
    const scanner = new LineScanner("path", limits.lineBytes, 0, reader)
    const code = scanner.scan(bytes, 0, bytes.length)
    if (code === 0) continue
    const share = reader.fieldsRead / reader.fields
    if (best === undefined || share > best.share) {
      const expected = [...spec.pattern.matchAll(/\$(\w+)/g)][reader.fieldsRead]?.[1] ?? "_"
      best = {
        format: name,
        field: reader.fieldsRead + 1,
        expected: reader.fieldsRead + 1 === reader.fields ? reasonOf(code) : expected === "_" ? "field" : expected,
        share
      }
    }
  }
  return best === undefined || best.share < 0.3 ? undefined : best
}
