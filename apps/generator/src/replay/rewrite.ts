import { LineScanner, mayBeJson } from "@chaussettes/domain"
import { spelledAddress } from "@chaussettes/service"
import type { Pseudonymizer } from "../pseudonymize.ts"
import { TimeWriter, timeBytes } from "../traffic/line-bytes.ts"

/** Changes the lines of a message on their way into LOGS. The number of lines and their ends stay as they are. */
export type Rewrite = (lines: Uint8Array) => Uint8Array

/** No line is too long to be looked at: what becomes of it is for the detector to say. */
const newScanner = (): LineScanner => new LineScanner("path", Number.MAX_SAFE_INTEGER, 0)

/** Event time of the first line that has one, ms since the epoch. */
export const firstTimeMs = (lines: Uint8Array): number | undefined => {
  const scanner = newScanner()
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0) return scanner.timeMs
  }
  return undefined
}

/** The greatest event time of the lines. */
export const greatestTimeMs = (lines: Uint8Array): number | undefined => {
  const scanner = newScanner()
  let greatest: number | undefined
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0 && !(scanner.timeMs <= greatest!)) greatest = scanner.timeMs
  }
  return greatest
}

/** Shifts the time of each line, which keeps its zone. Lines that do not parse stay as they are. @param shiftMs whole seconds */
export const shiftTimes = (shiftMs: number): Rewrite => {
  const scanner = newScanner()
  const writers = new Map<number, TimeWriter>()
  return (lines) => {
    const shifted = Uint8Array.from(lines)
    for (let start = 0; start < lines.length; start = scanner.next) {
      if (scanner.scan(lines, start, lines.length) !== 0) continue
      const zone = zoneMinutesAt(lines, scanner.timeStart + timeBytes - 5)
      const writer = writers.get(zone) ?? new TimeWriter(zone)
      writers.set(zone, writer)
      writer.write(shifted, scanner.timeStart, scanner.timeMs + shiftMs)
    }
    return shifted
  }
}

/** Of `+0530`, in a line that has been scanned. */
const zoneMinutesAt = (bytes: Uint8Array, at: number): number => {
  const digit = (i: number) => bytes[at + i]! - 48
  const minutes = (digit(1) * 10 + digit(2)) * 60 + digit(3) * 10 + digit(4)
  return bytes[at] === 45 ? -minutes : minutes
}

/**
 * Puts a pseudonym in the place of each line's client. A line that does not parse might hold its client anywhere: there the first word
 * and all that looks like an address are replaced.
 */
export const pseudonymizeClients = (name: Pseudonymizer): Rewrite => {
  const scanner = newScanner()
  // For lines within JSON: the scanner of this one is in use meanwhile.
  let inner: Rewrite | undefined
  const nested: Rewrite = (line) => {
    inner ??= pseudonymizeClients(name)
    return inner(line)
  }
  return (lines) => {
    const parts: Array<Uint8Array> = []
    let copied = 0
    for (let start = 0; start < lines.length; start = scanner.next) {
      const [from, to] =
        scanner.scan(lines, start, lines.length) === 0
          ? [scanner.clientStart, scanner.clientEnd]
          : [start, scanner.lineEnd]
      const isClient = to < scanner.lineEnd
      const found = lines.subarray(from, to)
      parts.push(
        lines.subarray(copied, from),
        isClient ? name(found) : (pseudonymizeJson(found, name, nested) ?? pseudonymizeText(found, name))
      )
      copied = to
    }
    parts.push(lines.subarray(copied))
    return Buffer.concat(parts)
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** A string of JSON, and whether it is the name of a member. */
const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/**
 * A shipper's JSON stays JSON, byte for byte but for its strings: lines in them have their client replaced, other texts what looks like an
 * address. Undefined where it is none.
 */
const pseudonymizeJson = (line: Uint8Array, name: Pseudonymizer, nested: Rewrite): Uint8Array | undefined => {
  if (!mayBeJson(line, 0, line.length)) return undefined
  try {
    const text = utf8.decode(line)
    JSON.parse(text)
    let member = ""
    const replaced = text.replace(jsonString, (found, colon?: string) => {
      if (colon !== undefined) {
        member = found
        return found
      }
      const value = Buffer.from(JSON.parse(found) as string)
      const isLine = /^"(log|message)"/.test(member)
      const kept = Buffer.from(isLine ? nested(value) : pseudonymizeAddresses(value, name))
      return kept.equals(value) ? found : JSON.stringify(kept.toString())
    })
    return Buffer.from(replaced)
  } catch {
    return undefined
  }
}

/** The first word, IPv4 addresses, and whatever has the colons and digits of IPv6. Times have colons, too, but are no loss here. */
const firstWord = /^[^\s]+/
const addresses = /\b\d{1,3}(?:\.\d{1,3}){3}\b|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*/gi

const suspects = new RegExp(`${firstWord.source}|${addresses.source}`, "gi")

const pseudonymizeText = (line: Uint8Array, name: Pseudonymizer): Uint8Array => replacedIn(line, suspects, name)

/** Only what is an address: the texts around a line have times and names that are none. */
const pseudonymizeAddresses = (text: Uint8Array, name: Pseudonymizer): Uint8Array =>
  replacedIn(text, addresses, (found) =>
    spelledAddress(Buffer.from(found).toString("latin1")) === undefined ? found : name(found)
  )

const replacedIn = (line: Uint8Array, what: RegExp, name: Pseudonymizer): Uint8Array => {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("latin1")
  const replaced = text.replace(what, (found) => Buffer.from(name(Buffer.from(found, "latin1"))).toString("latin1"))
  return Buffer.from(replaced, "latin1")
}
