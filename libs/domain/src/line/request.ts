import {
  alphanumeric,
  BACKSLASH,
  COLON,
  hashStep,
  isControl,
  isDigit,
  LF,
  QUESTION,
  QUOTE,
  SLASH,
  SPACE,
  STAR,
  tableOf
} from "./bytes.ts"
import { quotedEnd } from "./fields.ts"
import { REQUEST, TRUNCATED } from "./scan-code.ts"

/** Where the URL stands that was found, and the hash of its bytes; `urlStart` is -1 where the request is none that has one. */
export interface UrlPlace {
  /** What of the line wants another look: 2 its request, which has a host, no protocol, or what nobody escaped. */
  doubts: number
  urlStart: number
  urlEnd: number
  urlHash: number
}

/** Classes of bytes inside a request's target: 0 goes on, anything else wants a look. */
const inTarget = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  inTarget[c] = isControl(c) || c === QUOTE || c === BACKSLASH || c === SPACE || c === QUESTION ? 1 : 0
}

/** RFC 9110, token: what a method may be made of. */
const inMethod = tableOf(`${alphanumeric}!#$%&'*+-.^_\`|~`)
/** RFC 3986, scheme. */
const inScheme = tableOf(`${alphanumeric}+-.`)

/** The quoted request, from behind its opening quote. Answers the place behind the closing one, or the negative of a code. */
export const scanRequest = (
  found: UrlPlace,
  bytes: Uint8Array,
  start: number,
  end: number,
  hashSeed: number,
  wholeTarget: boolean
): number => {
  found.urlStart = -1
  let i = start
  let c = i < end ? bytes[i]! : LF
  while (inMethod[c] === 1) c = ++i < end ? bytes[i]! : LF
  if (c !== SPACE || i === start) return badRequestEnd(found, bytes, i, end)
  const target = ++i
  let hash = hashSeed
  let pathEnd = -1
  let pathHash = 0
  for (;;) {
    c = i < end ? bytes[i]! : LF
    while (inTarget[c] === 0) {
      hash = hashStep(hash, c)
      c = ++i < end ? bytes[i]! : LF
    }
    if (c === QUESTION) {
      if (pathEnd < 0) {
        pathEnd = i
        pathHash = hash
      }
    } else if (c === BACKSLASH && i + 1 < end && !isControl(bytes[i + 1]!)) {
      hash = hashStep(hash, c)
      c = bytes[++i]!
      // Who escapes writes no `\\ `: a path ends with a backslash that nobody has escaped.
      if (c === SPACE) found.doubts |= 2
    } else break
    hash = hashStep(hash, c)
    i++
  }
  const targetEnd = i
  const whole = pathEnd < 0 || wholeTarget
  let right = false
  if (c === QUOTE) {
    right = bytes[target] === SLASH // HTTP/0.9
    found.doubts |= 2
    i++
  } else if (c === SPACE && isVersion(bytes, i + 1, end)) {
    i += bytes[i + 7] === QUOTE ? 8 : 10
    right = targetEnd > target
  } else {
    return badRequestEnd(found, bytes, i, end)
  }
  if (right) {
    found.urlEnd = whole ? targetEnd : pathEnd
    found.urlHash = whole ? hash : pathHash
    if (bytes[target] === SLASH || (bytes[target] === STAR && targetEnd === target + 1)) found.urlStart = target
    else {
      found.doubts |= 2
      findAbsolute(found, bytes, target, hashSeed)
    }
  }
  return i
}

/** `http://host/path`: the URL is what stands behind the host; another form of target has none. */
const findAbsolute = (found: UrlPlace, bytes: Uint8Array, target: number, hashSeed: number): void => {
  const end = found.urlEnd
  let i = target
  while (i < end && inScheme[bytes[i]!] === 1) i++
  if (i + 3 >= end || i === target || bytes[i] !== COLON || bytes[i + 1] !== SLASH || bytes[i + 2] !== SLASH) return
  let path = i + 3
  while (path < end && bytes[path] !== SLASH && bytes[path] !== QUESTION) path++
  if (path === i + 3) return
  if (path === end || bytes[path] === QUESTION) {
    // no path is the path `/`; the second slash of `//` lends its byte
    path = i + 2
    found.urlEnd = path + 1
  }
  let hash = hashSeed
  for (let k = path; k < found.urlEnd; k++) hash = hashStep(hash, bytes[k]!)
  found.urlStart = path
  found.urlHash = hash
}

/** A request that has no URL is a quoted field like any other, but one that never ends is told as a request. */
const badRequestEnd = (found: UrlPlace, bytes: Uint8Array, i: number, end: number): number => {
  found.doubts |= 2
  const at = quotedEnd(bytes, i, end)
  return at === -TRUNCATED ? -REQUEST : at
}

/** `HTTP/1.1"` or `HTTP/2"` */
const isVersion = (b: Uint8Array, i: number, end: number): boolean =>
  i + 7 <= end &&
  b[i] === 72 &&
  b[i + 1] === 84 &&
  b[i + 2] === 84 &&
  b[i + 3] === 80 &&
  b[i + 4] === SLASH &&
  isDigit(b[i + 5]!) &&
  (b[i + 6] === QUOTE || (i + 9 <= end && b[i + 6] === 46 && isDigit(b[i + 7]!) && b[i + 8] === QUOTE))
