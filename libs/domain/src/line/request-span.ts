import { alphanumeric, BACKSLASH, COLON, hashStep, isDigit, QUESTION, SLASH, SPACE, STAR, tableOf } from "./bytes.ts"
import type { UrlPlace } from "./request.ts"

/** RFC 9110, token: what a method may be made of. */
const inMethod = tableOf(`${alphanumeric}!#$%&'*+-.^_\`|~`)
/** RFC 3986, scheme. */
const inScheme = tableOf(`${alphanumeric}+-.`)

/** Where a URL goes, and how its key is made. */
export interface UrlFound extends UrlPlace {
  readonly seed: number
  readonly wholeTarget: boolean
  methodStart: number
  methodEnd: number
}

/** The request that stands in bytes[start, end): its URL goes into `found`, or none where it is none that has one. */
export const readRequest = (found: UrlFound, bytes: Uint8Array, start: number, end: number, ownHost = false): void => {
  found.urlStart = -1
  found.methodStart = found.methodEnd = start
  let i = start
  while (i < end && inMethod[bytes[i]!] === 1) i++
  if (i === start || i >= end || bytes[i] !== SPACE) return
  found.methodEnd = i
  const target = i + 1
  if (bytes[target] === SLASH && !found.wholeTarget && readPath(found, bytes, target, end)) return
  let targetEnd = target
  while (targetEnd < end && bytes[targetEnd] !== SPACE) targetEnd++
  // HTTP/0.9 has no version, and knows paths only.
  if (targetEnd === end ? bytes[target] !== SLASH : !isVersion(bytes, targetEnd + 1, end)) {
    found.methodEnd = start
    return
  }
  readTarget(found, bytes, target, targetEnd, ownHost)
}

/** Takes a path with a version behind it, as nearly all targets are, in one pass. Answers whether it is one; else nothing is found yet. */
const readPath = (found: UrlFound, bytes: Uint8Array, start: number, end: number): boolean => {
  let hash = found.seed
  let i = start
  let c = SLASH
  while (c !== SPACE && c !== QUESTION && c !== BACKSLASH) {
    hash = hashStep(hash, c)
    if (++i >= end) return false
    c = bytes[i]!
  }
  if (c === BACKSLASH) return false
  const pathEnd = i
  while (i < end && bytes[i] !== SPACE) i++
  if (!isVersion(bytes, i + 1, end)) return false
  found.urlStart = start
  found.urlEnd = pathEnd
  found.urlHash = hash
  return true
}

/**
 * The URL out of a request's target. Of the absolute form it has its host with it, for who asks for another's `/` does not ask for ours; where the
 * server writes all targets so (`ownHost`), the path alone.
 */
export const readTarget = (found: UrlFound, bytes: Uint8Array, start: number, end: number, ownHost: boolean): void => {
  found.urlStart = -1
  if (start >= end) return
  let from = start
  const first = bytes[start]!
  if (first !== SLASH && !(first === STAR && end === start + 1)) {
    const path = pathOfAbsolute(bytes, start, end)
    if (path < 0) return
    if (ownHost) from = path
  }
  let to = from
  let hash = found.seed
  const whole = found.wholeTarget
  while (to < end && (whole || bytes[to] !== QUESTION)) {
    if (bytes[to] === BACKSLASH && to + 1 < end) hash = hashStep(hash, bytes[to++]!)
    hash = hashStep(hash, bytes[to++]!)
  }
  if (ownHost && from > start && (from === end || bytes[from] === QUESTION)) {
    // no path is the path `/`; the second slash of `//` lends its byte
    from = start
    while (bytes[from] !== COLON) from++
    from += 2
    to = from + 1
    hash = hashStep(found.seed, SLASH)
  }
  found.urlStart = from
  found.urlEnd = to
  found.urlHash = hash
}

/** Where the path begins in `scheme://host/path`; -1 where it is none. */
const pathOfAbsolute = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && inScheme[bytes[i]!] === 1) i++
  if (i + 3 >= end || i === start || bytes[i] !== COLON || bytes[i + 1] !== SLASH || bytes[i + 2] !== SLASH) return -1
  let path = i + 3
  while (path < end && bytes[path] !== SLASH && bytes[path] !== QUESTION) path++
  return path === i + 3 ? -1 : path
}

/** `HTTP/1.1` or `HTTP/2`, to the end; Hypercorn writes the number alone. */
const isVersion = (b: Uint8Array, i: number, end: number): boolean =>
  isNumber(b, i, end) ||
  (b[i] === 72 &&
    b[i + 1] === 84 &&
    b[i + 2] === 84 &&
    b[i + 3] === 80 &&
    b[i + 4] === SLASH &&
    isNumber(b, i + 5, end))

/** `1.1` or `2` */
const isNumber = (b: Uint8Array, i: number, end: number): boolean =>
  isDigit(b[i]!) && (end - i === 1 || (end - i === 3 && b[i + 1] === 46 && isDigit(b[i + 2]!)))
