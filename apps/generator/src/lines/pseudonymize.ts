import { ASIDE, type FormatSpec, mayBeJson, trustOf } from "@chaussettes/domain"
import { spelledAddress } from "@chaussettes/service"
import type { Pseudonymizer } from "./pseudonyms.ts"
import { anyScanner, type Rewrite } from "./rewrite.ts"
import { columnsOf, isUserKey, type Named, type Span, textsOf, userSpans } from "./user-names.ts"

/*
 * No client's address leaves this machine, whatever the format of its line: lines are read as the detector reads them, the client of each is replaced,
 * and so is all else in it that is an address, as a proxy's field or a header names the same client again, and the name of a user. In a line that cannot be read the client
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
    let named: Named = { texts: textsOf(format), columns: columnsOf(format) ?? [] }
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
      const isKeyed = code === 0 && reader.format.inner.kind === "json" && userLike.test(latin1(line))
      if (
        code === 0 &&
        !isKeyed &&
        text === lines &&
        clientEnd > clientStart &&
        clientStart >= start &&
        clientEnd <= lineEnd
      ) {
        const [from, to] = [clientStart - start, clientEnd - start]
        const users = hasNoUser(line, to) ? [] : usersOf(line, reader.format, named, to)
        const others = users.filter((user) => user.to <= from || user.from >= to)
        parts.push(pieced(line, [{ from, to }, ...others], name))
      } else if (code === 0) parts.push(withoutClient(line, client, name, goesOn, reader.format, named))
      else if (code === ASIDE) {
        named = { ...named, columns: (line[0] === HASH ? columnsOf(latin1(line)) : undefined) ?? named.columns }
        parts.push(aside(line, name, goesOn))
      } else parts.push(withinJson(line, (value, path) => unreadValue(value, path, name, nested)) ?? unread(line, name))
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

/** Whether a key of an object may be one of a user: most objects are not looked into. */
const userLike = /user|login|email|requester/i

/** ` - - [`, as in most lines of Common. */
const hasNoUser = (line: Uint8Array, clientEnd: number): boolean =>
  noUser.every((byte, i) => line[clientEnd + i] === byte)
const noUser = Buffer.from(" - - [")

/** In columns and texts a user is found from the line's beginning: not where a wrapper stands before it. */
const usersOf = (line: Uint8Array, format: FormatSpec, named: Named, clientEnd: number): ReadonlyArray<Span> => {
  const { inner, wrappers } = format
  const isBare = wrappers.every(({ kind }) => kind === "json")
  return isBare || inner.kind === "common" || inner.kind === "labelled"
    ? userSpans(latin1(line), format, named, clientEnd)
    : []
}

/** A line in pieces: spans of it, such as its client and its users, are replaced whole, and between them all that is an address. */
const pieced = (line: Uint8Array, spans: ReadonlyArray<Span>, name: Pseudonymizer): Uint8Array => {
  const parts: Array<Uint8Array> = []
  let at = 0
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < at) continue
    parts.push(replaced(line.subarray(at, from), name), inContext(name(line.subarray(from, to)), line, to, line.length))
    at = to
  }
  return Buffer.concat([...parts, replaced(line.subarray(at), name)])
}

const dash = 45
/** A user as a value of JSON. */
const userOf = (value: Uint8Array, name: Pseudonymizer): Uint8Array =>
  value.length === 0 || (value.length === 1 && value[0] === dash) ? value : name(value)

/** A line whose client was unpacked from it: it is looked for by what it is. Where it is not found, nothing of the line is sent. */
const withoutClient = (
  line: Uint8Array,
  client: Uint8Array,
  name: Pseudonymizer,
  stoodBefore: boolean,
  format: FormatSpec,
  named: Named
): Uint8Array => {
  const clientText = latin1(client)
  const isAddress = clientText === "" || spelledAddress(clientText) !== undefined
  const escaped = clientText.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const literal = new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`, "g")
  const one = (value: Uint8Array): Uint8Array => {
    const inner = withinJson(value, rewrite)
    if (inner !== undefined) return inner
    // JSON behind what syslog and the like put before it.
    const brace = format.inner.kind === "json" ? value.indexOf(OPEN_BRACE) : -1
    const behind = brace > 0 ? withinJson(value.subarray(brace), rewrite) : undefined
    if (behind !== undefined) return Buffer.concat([one(value.subarray(0, brace)), behind])
    const found = clientText === "" ? -1 : latin1(value).search(literal)
    const users = found < 0 ? [] : usersOf(value, format, named, found + clientText.length)
    // A client that is no address is replaced wherever its name stands.
    const text = latin1(value)
    const clients = isAddress
      ? []
      : [...text.matchAll(literal)].map(({ index }) => ({ from: index, to: index + clientText.length }))
    return pieced(value, [...clients, ...users], name)
  }
  const rewrite: ValueRewrite = (value, path) => (isUserKey(path) ? userOf(value, name) : one(value))
  const result = one(line)
  return clientText !== "" && !stoodBefore && Buffer.from(result).equals(line) ? name(line) : result
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

/** A line that nobody can read. What looks like the user of a line of Common is replaced, too. */
const unread = (line: Uint8Array, name: Pseudonymizer): Uint8Array => {
  const text = latin1(line)
  const suspected = (part: string) =>
    Buffer.from(
      part.replace(suspects, (found) => latin1(name(Buffer.from(found, "latin1")))),
      "latin1"
    )
  const before = /^\S+ \S+ (?!-? ?\[)(?=\S)/.exec(text)?.[0].length ?? 0
  const end = text.indexOf(" [", before)
  if (before === 0 || end < 0) return suspected(text)
  return Buffer.concat([
    suspected(text.slice(0, before)),
    name(line.subarray(before, end)),
    Buffer.from(
      text.slice(end).replace(addresses, (found) => latin1(name(Buffer.from(found, "latin1")))),
      "latin1"
    )
  ])
}

/** Of JSON that is none of a known kind: lines in it are read as such. */
const unreadValue = (
  value: Uint8Array,
  path: ReadonlyArray<string>,
  name: Pseudonymizer,
  nested: Rewrite
): Uint8Array =>
  /^(log|message|MESSAGE)$/.test(path.at(-1) ?? "")
    ? nested(value)
    : isUserKey(path)
      ? userOf(value, name)
      : replaced(value, name)

const utf8 = new TextDecoder("utf-8", { fatal: true })

type ValueRewrite = (value: Uint8Array, path: ReadonlyArray<string>) => Uint8Array

/** A string of JSON, and whether it is the name of a member; a number; where an object or a list begins and ends. */
const jsonToken = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|[{}[\]]/g

/** A message of journald that is no UTF-8: its bytes as a list of numbers. */
const byteList = /("MESSAGE"\s*:\s*)\[(\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*)\]/g

/** JSON stays JSON, byte for byte but for its strings, and for numbers that are users. Undefined where it is none. */
const withinJson = (line: Uint8Array, rewrite: ValueRewrite): Buffer | undefined => {
  if (!mayBeJson(line, 0, line.length)) return undefined
  try {
    const text = utf8.decode(line)
    JSON.parse(text)
    // The member that is read, of each object that is open.
    const path: Array<string> = []
    const listed = text.replace(byteList, (found, key: string, list: string) => {
      const value = Buffer.from(list.split(",").map(Number))
      const kept = Buffer.from(rewrite(value, ["MESSAGE"]))
      return kept.equals(value) ? found : `${key}[${[...kept].join(",")}]`
    })
    const changed = listed.replace(jsonToken, (found, colon?: string) => {
      if (colon !== undefined) {
        path[path.length - 1] = JSON.parse(found.slice(0, -colon.length)) as string
        return found
      }
      const [first] = found
      if (first === "{" || first === "[") path.push("")
      else if (first === "}" || first === "]") path.pop()
      else {
        const members = path.filter((member) => member !== "")
        if (first !== '"' && !isUserKey(members)) return found
        const value = Buffer.from(first === '"' ? (JSON.parse(found) as string) : found)
        const kept = Buffer.from(rewrite(value, members))
        return kept.equals(value) ? found : JSON.stringify(kept.toString())
      }
      return found
    })
    return Buffer.from(changed)
  } catch {
    return undefined
  }
}
