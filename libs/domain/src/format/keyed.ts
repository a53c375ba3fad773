import { limits } from "../limits.ts"
import type { DurationUnit, FieldName, Reading } from "./fields.ts"
import { fieldNames } from "./fields.ts"
import { type Leaf, leavesOf, objectOf } from "./leaves.ts"
import { durationKeys, keyNames, plainName } from "./names.ts"
import { type FormatSpec, formatOf, type JsonSpec, type LabelledSpec } from "./spec.ts"
import { bareUrlKey, isBarePath, isOf, isTime, most, unitSigns } from "./values.ts"

/* Formats whose fields have names: objects and pairs. Which field a key is follows from its name, as far as its values are what that promises. */

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
export const pathsOf = (leaves: ReadonlyArray<Leaf>): { [name in FieldName]?: ReadonlyArray<string> } => {
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
export const missingOf = (paths: { readonly [name in FieldName]?: unknown }): ReadonlyArray<string> =>
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

export const jsonOf = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const objects = lines.map(objectOf).filter((object) => object !== undefined)
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
export const jsonBehindTime = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const objects = lines.flatMap((line) => {
    const tab = line.indexOf("\t")
    const object = line.indexOf("\t{")
    const value = object > 0 && isTime(line.slice(0, tab)) ? objectOf(line.slice(object + 1)) : undefined
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
  return formatOf(name, { kind: "json", paths, ...reading })
}

export const pairs = {
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

export const labelledOf = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
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
    return formatOf(style, spec)
  }
  return undefined
}
