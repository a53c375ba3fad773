import { limits } from "../limits.ts"
import { isObject, objectOf } from "./leaves.ts"
import type { FormatSpec, Wrapper } from "./spec.ts"
import { bytesOf } from "./values.ts"
import { behindWrapper, withoutColours } from "./wrapper.ts"

const fronts = ["kubectl", "cri", "compose", "syslog", "stamp"] as const

/**
 * The format inside of what a program has put around the lines, with it.
 * @param within the format of the lines inside
 */
export const unwrap = (
  lines: ReadonlyArray<string>,
  within: (inner: ReadonlyArray<string>) => FormatSpec | undefined
): FormatSpec | undefined => {
  const around = (wrapper: Wrapper, inner: ReadonlyArray<string>): FormatSpec | undefined => {
    const spec = inner.length > 0 ? within(inner) : undefined
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
  ["short_message"],
  ["full_message"],
  ["body"]
]

const unwrapJson = (
  lines: ReadonlyArray<string>,
  around: (wrapper: Wrapper, inner: ReadonlyArray<string>) => FormatSpec | undefined
): FormatSpec | undefined => {
  const objects = lines.flatMap((line) => {
    const value = objectOf(line[0] === "[" ? line.slice(line.indexOf("{"), line.lastIndexOf("}") + 1) : line)
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

/** Bytes of UTF-8, one character each, as lines are held here. */
const latin1 = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  let found = ""
  for (const byte of bytes) found += String.fromCharCode(byte)
  return found
}
