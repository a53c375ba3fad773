import { bareName, type Limits, type TopologyOverrides, topology } from "@chaussettes/jetstream"
import { parseSpanMs, wrongUsage } from "@chaussettes/service"

/** The limits that may be given, by their short names, and how a text becomes their number. */
const readers: {
  readonly [name: string]: { readonly field: keyof Limits; readonly read: (text: string) => number | undefined }
} = {
  age: { field: "maxAgeMs", read: (text) => parseSpanMs(text) },
  bytes: { field: "maxBytes", read: (text) => parseBytes(text) },
  replicas: { field: "replicas", read: (text) => (/^[1-5]$/.test(text) ? Number(text) : undefined) }
}

const units: { readonly [unit: string]: number } = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** Bytes of `256MiB`, `10GiB` or a bare number; undefined where the text is none. */
export const parseBytes = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?) ?(KiB|MiB|GiB|TiB|)$/.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * units[match[2]!]!)
}

/**
 * What `--limit STREAM.limit=value` asks for, and `--replicas` of all that no `--limit` says it of. Throws a `UserFailure` that says what
 * may stand there.
 */
export const limitsOf = (given: { readonly [key: string]: string }, replicas?: number): TopologyOverrides => {
  const names = topology().map((spec) => spec.name)
  const overrides: Record<string, Partial<Record<keyof Limits, number>>> = replicas === undefined
    ? {}
    : Object.fromEntries(names.map((name) => [name, { replicas }]))
  for (const [key, text] of Object.entries(given)) {
    const [asked = "", limit = ""] = key.split(".")
    // Also without the prefix, so that one configuration can be for several systems.
    const stream = names.find((name) => name === asked || bareName(name) === asked)
    if (stream === undefined)
      throw wrongUsage(`--limit ${key}=${text}: there is no stream ${asked}; there are ${names.join(", ")}.`)
    const reader = readers[limit]
    if (reader === undefined)
      throw wrongUsage(`--limit ${key}=${text}: a stream's limits are ${Object.keys(readers).join(", ")}.`)
    const value = reader.read(text)
    if (value === undefined)
      throw wrongUsage(`--limit ${key}=${text}: give age as 30d or 12h, bytes as 10GiB, replicas from 1 to 5.`)
    overrides[stream] = { ...overrides[stream], [reader.field]: value }
  }
  return overrides
}
