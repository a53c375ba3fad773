import { LF, OPEN, QUOTE, SPACE, ZERO } from "../line/bytes.ts"
import type { LineReader, LineScanner } from "../line/line.ts"
import { AMBIGUOUS, CONTROL, CUT, FORMAT, type ScanCode, TIME, TRUNCATED } from "../line/scan-code.ts"
import { timeLength } from "../line/time.ts"
import { type ClientMemory, findClient, readClientList, readTolerant } from "../line/tolerant.ts"
import type { ClientChoice } from "./finish.ts"

/**
 * Common and Combined: strictly where that is possible, which is the fast way; else with all that is tolerated. Where the client is a trusted proxy
 * and X-Forwarded-For stands behind the agent, as in nginx' own `main`, the client is who is named there.
 */
export class CommonReader implements LineReader {
  readonly #memory: ClientMemory
  /** The last line that was not read is none of another format: it was cut behind its size, or it may be read in two ways. */
  isSettled = false
  readonly #describes: boolean

  constructor({ trust, describes = false }: ClientChoice) {
    this.#describes = describes
    this.#memory = { trust, order: 0, sizeEnd: 0 }
  }

  /** Another source begins: what the lines before have shown does not count for it. */
  forget(): void {
    this.#memory.order = 0
  }

  read(line: LineScanner, bytes: Uint8Array, start: number, end: number): ScanCode {
    if (this.#describes) {
      line.describes = true
      line.agentStart = line.refererStart = -1
    }
    let code = line.strict(bytes, start, end)
    const { trust } = this.#memory
    this.isSettled = false
    const isTolerant = code !== 0 || (line.doubts & 2) !== 0
    if (isTolerant) {
      const tolerant = readTolerant(line, bytes, start, end, this.#memory)
      this.isSettled = tolerant === CUT || tolerant === AMBIGUOUS
      const isTold = tolerant === 0 || tolerant === AMBIGUOUS || code === CONTROL || code === 0
      code = tolerant === CUT ? TRUNCATED : isTold ? tolerant : code
      if (code === TRUNCATED && tolerant === TIME) code = whyNoTime(bytes, start, end)
    } else if ((line.doubts & 1) !== 0) code = findClient(line, bytes, start, line.timeStart - 2, this.#memory)
    if (code !== 0) return code
    const sizeEnd = isTolerant ? this.#memory.sizeEnd : -1
    if (this.#describes) describe(line, bytes, sizeEnd)
    if (line.keys.length > 0) this.#keys(line, bytes, start)
    if (bytes[line.lineEnd - 1] === S) takeDuration(line, bytes)
    if (trust?.trusts(bytes, line.clientStart, line.clientEnd)) this.#forwarded(line, bytes, sizeEnd)
    return 0
  }

  /** From what stands before the time, as long as the client is the one who stands there. */
  #keys(line: LineScanner, bytes: Uint8Array, start: number): void {
    const { clientStart: client, clientEnd: behind, timeStart: time } = line
    for (const key of line.keys) key.takeCommon(bytes, { start, client, behind, time })
  }

  #forwarded(line: LineScanner, bytes: Uint8Array, sizeEnd: number): void {
    const { lineEnd } = line
    const [client, clientEnd, hash] = [line.clientStart, line.clientEnd, line.clientHash]
    let i = sizeEnd < 0 ? behindSize(line, bytes, lineEnd) : sizeEnd
    // referer, agent
    for (let field = 0; field < 2; field++) {
      if (bytes[i] !== SPACE || bytes[i + 1] !== QUOTE || i + 1 >= lineEnd) return
      i = quoteEnd(bytes, i + 2, lineEnd) + 1
      if (i > lineEnd) return
    }
    if (bytes[i] !== SPACE || bytes[i + 1] !== QUOTE || i + 1 >= lineEnd) return
    const from = i + 2
    const end = quoteEnd(bytes, from, lineEnd)
    // An agent with a quote in it that its server does not escape may look like the header: with another list behind it nobody knows which is right.
    if (!this.#namesClient(line, bytes, end + 1, lineEnd) && readClientList(line, bytes, from, end, this.#memory.trust))
      return
    line.clientStart = client
    line.clientEnd = clientEnd
    line.clientHash = hash
  }

  /** Whether a quoted field from `at` on lists a client that is not a proxy. */
  #namesClient(line: LineScanner, bytes: Uint8Array, at: number, lineEnd: number): boolean {
    const { trust } = this.#memory
    for (let i = bytes.indexOf(QUOTE, at); i >= 0 && i < lineEnd; ) {
      const end = quoteEnd(bytes, i + 1, lineEnd)
      if (
        readClientList(line, bytes, i + 1, end, trust) &&
        trust?.trusts(bytes, line.clientStart, line.clientEnd) === false
      ) {
        return true
      }
      i = bytes.indexOf(QUOTE, end + 1)
    }
    return false
  }
}

/** Before the time stand no more words than virtual host, client, ident, user and what he has in his name. */
const wordsBeforeTime = 4

/** What is the matter with a line in which no time is found: it was cut before it, or has none; or it has nothing of Common at all. */
const whyNoTime = (bytes: Uint8Array, start: number, end: number): ScanCode => {
  let words = 0
  let hasQuote = false
  for (let i = start; i < end && bytes[i] !== LF; i++) {
    if (bytes[i] === OPEN) return TRUNCATED
    if (bytes[i] === SPACE) words++
    else if (bytes[i] === QUOTE) hasQuote = true
  }
  return hasQuote ? TIME : words > wordsBeforeTime ? FORMAT : TRUNCATED
}

/** Finds the method of a line that was read as Common, for whoever wants to see it: counting does not need it. */
export const describeCommon = (line: LineScanner): void => {
  const { text } = line
  let quote = line.timeStart
  while (quote < text.length && text[quote] !== QUOTE) quote++
  const request = quote + 1
  let i = request
  while (i < text.length && text[i]! > SPACE && text[i] !== QUOTE) i++
  line.methodStart = line.methodEnd = request
  if (line.urlStart >= 0 && text[i] === SPACE) line.methodEnd = i
}

/** Finds method, referer and agent, for rules and reports that ask for them. The strict reading has noted the latter two. */
const describe = (line: LineScanner, bytes: Uint8Array, sizeEnd: number): void => {
  const { lineEnd } = line
  line.agentText = bytes
  // Behind the time stands `] "`; where lines are read otherwise, there may be more.
  let i = sizeEnd < 0 ? line.timeStart + timeLength + 2 : line.timeStart
  while (i < lineEnd && bytes[i] !== QUOTE) i++
  line.methodStart = line.methodEnd = i + 1
  if (line.urlStart >= 0) while (line.methodEnd < lineEnd && bytes[line.methodEnd]! > SPACE) line.methodEnd++
  if (sizeEnd >= 0) describeTolerant(line, bytes, sizeEnd)
}

/** Referer and agent behind the size of a line whose server escapes nothing, or writes more than others. */
const describeTolerant = (line: LineScanner, bytes: Uint8Array, sizeEnd: number): void => {
  const { lineEnd } = line
  line.agentStart = line.refererStart = -1
  let i = sizeEnd
  if (bytes[i] !== SPACE || bytes[i + 1] !== QUOTE || i + 1 >= lineEnd) return
  line.refererStart = i + 2
  line.refererEnd = Math.min(lineEnd, quoteEnd(bytes, i + 2, lineEnd))
  i = line.refererEnd + 1
  if (i + 1 >= lineEnd || bytes[i] !== SPACE || bytes[i + 1] !== QUOTE) return
  line.agentStart = i + 2
  line.agentEnd = Math.min(lineEnd, quoteEnd(bytes, i + 2, lineEnd))
}

const S = 115
const M = 109

/** `"router" "http://backend" 3ms`: the last field of Traefik says how long the request took. */
const takeDuration = (line: LineScanner, bytes: Uint8Array): void => {
  let i = line.lineEnd - 2
  if (bytes[i] !== M) return
  let ms = 0
  for (let unit = 1; bytes[i - 1]! >= ZERO && bytes[i - 1]! <= 57 && unit < 1e12; i--, unit *= 10) {
    ms += (bytes[i - 1]! - ZERO) * unit
  }
  if (i === line.lineEnd - 2 || bytes[i - 1] !== SPACE || bytes[i - 2] !== QUOTE) return
  line.durationUs = ms * 1000
}

/** Where the size of a line ends that was read strictly: the place behind the request is found again from its time. */
const behindSize = (line: LineScanner, bytes: Uint8Array, lineEnd: number): number => {
  let i = line.timeStart
  while (i < lineEnd && bytes[i] !== QUOTE) i++
  i = quoteEnd(bytes, i + 1, lineEnd) + 2
  // status and size
  for (let word = 0; word < 2; word++) {
    while (i < lineEnd && bytes[i]! > SPACE) i++
    if (word === 0) i++
  }
  return i
}

/** The quote that ends a field: no backslash stands before it, and a space or the end behind it. */
const quoteEnd = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && !(bytes[i] === QUOTE && (i + 1 === end || bytes[i + 1] === SPACE))) i += bytes[i] === 92 ? 2 : 1
  return i
}
