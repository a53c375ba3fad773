import type { FormatSpec } from "@chaussettes/domain"

/*
 * Where the name of a user stands in a line: nothing counts it, so the readers of formats pass over it, but it says as much of a person as an address.
 * It is found by the format: the third word of Common, a column or a key with such a name, `$remote_user` and `%u` of a format that is declared.
 */

/** A part of a text. */
export interface Span {
  readonly from: number
  readonly to: number
}

const keys = new Set([
  ...["user", "username", "userid", "useremail", "email", "login", "requester", "principalemail"],
  ...["remoteuser", "authuser", "authenticateduser", "httpuser", "basicauthuser", "requestuser", "requestuserid"],
  ...["clientuser", "clientusername", "csusername", "cusername", "csuser", "xusername"]
])

const plain = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, "")

/** Whether the value behind these keys, the outermost first, is a user: `user`, `user.name`, `request.user_id`. */
export const isUserKey = (path: ReadonlyArray<string>): boolean => {
  const last = plain(path.at(-1) ?? "")
  return keys.has(last) || (path.length > 1 && keys.has(plain(path.at(-2)!) + last))
}

const spanOf = (text: string, from: number, to: number): ReadonlyArray<Span> => {
  const said = text.slice(from, to)
  return said === "" || said === "-" || said === '""' || said === '"-"' ? [] : [{ from, to }]
}

/** Common: `client ident user [`. The name may have spaces; a virtual host may stand before the ident. */
const commonUser = (text: string, clientEnd: number): ReadonlyArray<Span> => {
  const bracket = text.indexOf(" [", clientEnd)
  if (bracket < 0) return []
  const between = text.slice(clientEnd, bracket)
  const before = /^.*? - (?=.)/.exec(between) ?? /^\S* \S+ (?=.)/.exec(between)
  return before === null ? [] : spanOf(text, clientEnd + before[0].length, bracket)
}

/** A format string up to its user: fixed texts between fields. A space stands for one or several. */
const spanByTexts = (text: string, texts: ReadonlyArray<string>): ReadonlyArray<Span> => {
  let [from, at] = [0, 0]
  for (const [i, fixed] of texts.entries()) {
    const found = fixed === "" && i === texts.length - 1 ? text.length : text.indexOf(fixed, at)
    if (found < 0 || (i === 0 && found !== 0)) return []
    from = at
    at = found
    if (i === texts.length - 1) break
    at += fixed.length
    if (fixed.endsWith(" ")) while (text[at] === " ") at++
  }
  return spanOf(text, from, at)
}

/** Formats of the table whose user stands in a field that nothing names. */
const known: { readonly [name: string]: ReadonlyArray<string> } = {
  squid: ["", " ", " ", " ", " ", " ", " ", " ", " "],
  "aws-s3": ["", " ", " [", "] ", " ", " "]
}

const userField = /^(?:\$remote_user|\$\{remote_user\}|%[!<>\d,]*u)$/
const anyField = /\$(?:\{\w+\}|\w+)|%[!<>\d,]*(?:\{[^}]*\})?\^?[a-zA-Z]/g

/** The fixed texts of a declared format string through the one behind its user; undefined where it names none. */
export const textsOf = (format: string): ReadonlyArray<string> | undefined => {
  const texts: Array<string> = []
  let at = 0
  let isUser = false
  // Apache's own time has brackets around it.
  const text = format.replaceAll('\\"', '"').replace(/%t(?![a-zA-Z])/, "[$&")
  for (const match of text.matchAll(anyField)) {
    texts.push(text.slice(at, match.index))
    if (isUser) return texts
    isUser = userField.test(match[0])
    at = match.index + match[0].length
  }
  return isUser ? [...texts, text.slice(at)] : undefined
}

const directive = /^#Fields:\s*/

/** Where users stand among the columns that `#Fields: …` names. */
export const columnsOf = (line: string): ReadonlyArray<number> | undefined =>
  directive.test(line)
    ? line
        .replace(directive, "")
        .trimEnd()
        .split(/[ \t]+/)
        .flatMap((column, i) => (isUserKey([column]) ? [i] : []))
    : undefined

const columnUsers = (text: string, columns: ReadonlyArray<number>): ReadonlyArray<Span> => {
  if (columns.length === 0) return []
  const words = [...text.matchAll(text.includes("\t") ? /[^\t]+/g : /[^ ]+/g)]
  return columns.flatMap((i) => {
    const word = words[i]
    return word === undefined ? [] : spanOf(text, word.index, word.index + word[0].length)
  })
}

/** `user=frank`, `user="John Doe"`, `user:frank<TAB>`. */
const labelledUsers = (text: string, style: "logfmt" | "ltsv"): ReadonlyArray<Span> =>
  [
    ...text.matchAll(style === "ltsv" ? /(?:^|\t)([\w.-]+):([^\t]*)/g : /(?:^|\s)([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)/g)
  ].flatMap(({ index, 0: pair, 1: key, 2: value }) => {
    if (!isUserKey(key!.split("."))) return []
    const to = index + pair.length
    const isQuoted = style === "logfmt" && value!.startsWith('"')
    return spanOf(text, to - value!.length + (isQuoted ? 1 : 0), isQuoted ? to - 1 : to)
  })

/** What is known of the lines: their declared format, and the columns that were named last. */
export interface Named {
  readonly texts: ReadonlyArray<string> | undefined
  readonly columns: ReadonlyArray<number>
}

/**
 * The users of a line outside of JSON, from left to right.
 * @param clientEnd where its client ends in the text; -1 where that is not known
 */
export const userSpans = (
  text: string,
  { name, inner }: FormatSpec,
  named: Named,
  clientEnd: number
): ReadonlyArray<Span> => {
  switch (inner.kind) {
    case "common":
      return clientEnd < 0 ? [] : commonUser(text, clientEnd)
    case "columns":
      return columnUsers(text, named.columns)
    case "labelled":
      return labelledUsers(text, inner.style)
    case "text": {
      const texts = named.texts ?? known[name]
      return texts === undefined ? [] : spanByTexts(text, texts)
    }
    case "json":
      return []
  }
}
