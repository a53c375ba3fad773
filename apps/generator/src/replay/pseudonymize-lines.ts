import { ASIDE, mayBeJson, trustOf } from "@chaussettes/domain"
import { spelledAddress } from "@chaussettes/service"
import type { Pseudonymizer } from "../pseudonymize.ts"
import { anyScanner, type Rewrite } from "./rewrite.ts"

/*
 * No client's address leaves this machine, whatever the format of its line: lines are read as the detector reads them, the client of each is replaced,
 * and so is all else in it that is an address, as a proxy's field or a header names the same client again. In a line that cannot be read the client
 * might stand anywhere: there the first word and all that looks like an address are replaced.
 */

/**
 * @param trusted networks of proxies that are believed. Their addresses become pseudonyms, too, so the detector cannot know them any more: here each
 *   gets the pseudonym of the client that it speaks for.
 */
export const pseudonymizeClients = (given: Pseudonymizer, trusted: ReadonlyArray<string> = []): Rewrite => {
  const { scanner, reader } = anyScanner(trusted)
  const trust = trusted.length === 0 ? undefined : trustOf(trusted)
  // For lines within JSON: the scanner of this one is in use meanwhile.
  let inner: Rewrite | undefined
  const nested: Rewrite = (line) => {
    inner ??= pseudonymizeClients(given, trusted)
    return inner(line)
  }
  return (lines, format = "") => {
    reader.begin(format)
    const parts: Array<Uint8Array> = []
    let copied = 0
    /** The line before is one that goes on in this one: the client stood there. */
    let goesOn = false
    for (let start = 0; start < lines.length; start = scanner.next) {
      const code = scanner.scan(lines, start, lines.length)
      const { text, clientStart, clientEnd, lineEnd } = scanner
      const line = lines.subarray(start, lineEnd)
      const client = text.subarray(clientStart, clientEnd)
      const name: Pseudonymizer =
        trust === undefined || code !== 0 || client.length === 0
          ? given
          : (address) => given(trust.trusts(address, 0, address.length) ? client : address)
      parts.push(lines.subarray(copied, start))
      copied = lineEnd
      if (code === 0 && text === lines && clientEnd > clientStart && clientStart >= start && clientEnd <= lineEnd) {
        parts.push(
          replaced(lines.subarray(start, clientStart), name),
          inContext(name(lines.subarray(clientStart, clientEnd)), lines, clientEnd, lineEnd),
          replaced(lines.subarray(clientEnd, lineEnd), name)
        )
      } else if (code === 0) parts.push(withoutClient(line, client, name, goesOn))
      else if (code === ASIDE) parts.push(aside(line, name, goesOn))
      else
        parts.push(withinJson(line, (value, member) => unreadValue(value, member, name, nested)) ?? unread(line, name))
      goesOn = code === ASIDE && line[0] !== HASH
    }
    parts.push(lines.subarray(copied))
    return Buffer.concat(parts)
  }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")

const DIGIT = /\d/

/** A pseudonym has colons: where a port stands behind it, it needs brackets. */
const inContext = (pseudonym: Uint8Array, bytes: Uint8Array, behind: number, end: number): Uint8Array =>
  bytes[behind] === COLON && behind + 1 < end && DIGIT.test(String.fromCharCode(bytes[behind + 1]!))
    ? Buffer.concat([Buffer.from("["), pseudonym, Buffer.from("]")])
    : pseudonym

const COLON = 58
const HASH = 35

/** Whatever has four numbers, or the colons and digits of IPv6. */
const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g
const addresses = new RegExp(`${ipv4.source}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*`, "gi")

const isHexLetter = new Uint8Array(256)
for (const c of "abcdefABCDEF") isHexLetter[c.charCodeAt(0)] = 1

/** Whether an address may be among the bytes: four short numbers with dots, `::`, or six colons in what could be IPv6. Most lines have no other address. */
const mayHaveAddress = (bytes: Uint8Array): boolean => {
  let [dots, digits, colons, last] = [0, 0, 0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!
    if (c >= 48 && c <= 57) {
      if (++digits > 3) dots = 0
    } else {
      if (c === DOT) {
        dots = digits > 0 && digits <= 3 ? dots + 1 : 0
        if (dots === 3) return true
      } else {
        dots = 0
        if (c === COLON) {
          if (last === COLON || ++colons === 6) return true
        } else if (isHexLetter[c] === 0) colons = 0
      }
      digits = 0
    }
    last = c
  }
  return false
}

const DOT = 46

/** All that is an address, replaced: times and versions, which only look like one, stay. */
const replaced = (bytes: Uint8Array, name: Pseudonymizer): Uint8Array => {
  if (!mayHaveAddress(bytes)) return bytes
  const text = latin1(bytes)
  const result = replacedText(text, name)
  return result === text ? bytes : Buffer.from(result, "latin1")
}

const replacedText = (text: string, name: Pseudonymizer): string => {
  const pseudonym = (found: string, at: number, whole: string): string => {
    const said = latin1(name(Buffer.from(found, "latin1")))
    const behind = at + found.length
    return whole[behind] === ":" && DIGIT.test(whole[behind + 1] ?? "") ? `[${said}]` : said
  }
  return text.replace(addresses, (found, at: number) => {
    if (spelledAddress(found) !== undefined) return pseudonym(found, at, text)
    // What only looks like IPv6 may have an address in it.
    return found.replace(ipv4, (within, place: number) =>
      spelledAddress(within) === undefined ? within : pseudonym(within, at + place, text)
    )
  })
}

/** A line whose client was unpacked from it: it is looked for by what it is. Where it is not found, nothing of the line is sent. */
const withoutClient = (line: Uint8Array, client: Uint8Array, name: Pseudonymizer, stoodBefore: boolean): Uint8Array => {
  const clientText = latin1(client)
  const isAddress = clientText === "" || spelledAddress(clientText) !== undefined
  const escaped = clientText.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const literal = isAddress ? undefined : new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`, "g")
  const one = (text: string): string => {
    const named = literal === undefined ? text : text.replace(literal, () => latin1(name(client)))
    return replacedText(named, name)
  }
  const result =
    withinJson(line, (value) => Buffer.from(one(latin1(value)), "latin1")) ?? Buffer.from(one(latin1(line)), "latin1")
  return clientText !== "" && !stoodBefore && result.equals(line) ? name(line) : result
}

/** The names of columns, or a part of a line that goes on: the first one begins with its client, as most lines do. */
const aside = (line: Uint8Array, name: Pseudonymizer, goesOn: boolean): Uint8Array => {
  const [tag] = /^\S+ (?:stdout|stderr) P /.exec(latin1(line.subarray(0, 64))) ?? [""]
  const part = line.subarray(tag.length)
  const word = tag === "" || goesOn || part[0] === OPEN_BRACE ? 0 : firstWord.exec(latin1(part))![0].length
  return Buffer.concat([
    line.subarray(0, tag.length),
    word === 0 ? part.subarray(0, 0) : name(part.subarray(0, word)),
    replaced(part.subarray(word), name)
  ])
}

const OPEN_BRACE = 123
const firstWord = /^\S*/

const suspects = new RegExp(`^[^\\s]+|${addresses.source}`, "gi")

/** A line that nobody can read. */
const unread = (line: Uint8Array, name: Pseudonymizer): Uint8Array =>
  Buffer.from(
    latin1(line).replace(suspects, (found) => latin1(name(Buffer.from(found, "latin1")))),
    "latin1"
  )

/** Of JSON that is none of a known kind: lines in it are read as such. */
const unreadValue = (value: Uint8Array, member: string, name: Pseudonymizer, nested: Rewrite): Uint8Array =>
  /^"(log|message|MESSAGE)"/.test(member) ? nested(value) : replaced(value, name)

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** A string of JSON, and whether it is the name of a member. */
const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/** JSON stays JSON, byte for byte but for its strings. Undefined where it is none. */
const withinJson = (
  line: Uint8Array,
  rewrite: (value: Uint8Array, member: string) => Uint8Array
): Buffer | undefined => {
  if (!mayBeJson(line, 0, line.length)) return undefined
  try {
    const text = utf8.decode(line)
    JSON.parse(text)
    let member = ""
    const changed = text.replace(jsonString, (found, colon?: string) => {
      if (colon !== undefined) {
        member = found
        return found
      }
      const value = Buffer.from(JSON.parse(found) as string)
      const kept = Buffer.from(rewrite(value, member))
      return kept.equals(value) ? found : JSON.stringify(kept.toString())
    })
    return Buffer.from(changed)
  } catch {
    return undefined
  }
}
