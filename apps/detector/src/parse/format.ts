import type { FormatSpec, LineScanner } from "@chaussettes/domain"

const QUOTE = 34
const SPACE = 32
const BACKSLASH = 92

/** Behind the closing quote of a field whose inside begins at `i`. */
const behindQuoted = (bytes: Uint8Array, i: number, end: number): number => {
  let at = i
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** What a line of Common or Combined form is made of, read from `start` on by the scanner. */
const commonName = (bytes: Uint8Array, start: number, scanner: LineScanner): string => {
  const end = scanner.lineEnd
  const more = bytes[start] !== QUOTE && scanner.clientStart > start ? " + virtual host" : ""
  let quote = scanner.timeStart
  while (quote < end && bytes[quote] !== QUOTE) quote++
  // Behind the request stand a space, the status, a space, and the size.
  let at = behindQuoted(bytes, quote + 1, end) + 1
  for (let word = 0; word < 2; word++) {
    while (at < end && bytes[at] !== SPACE) at++
    if (word === 0) at++
  }
  if (at >= end) return `common${more}`
  if (bytes[at + 1] !== QUOTE) return `common${more} + further fields`
  at = behindQuoted(bytes, at + 2, end)
  at = behindQuoted(bytes, at + 2, end)
  return `combined${more}${at < end ? " + further fields" : ""}`
}

const wrapperWords: { readonly [kind: string]: string } = {
  ansi: "colours",
  compose: "docker compose",
  kubectl: "kubectl",
  cri: "Kubernetes CRI",
  stamp: "a time in front",
  syslog: "syslog"
}

/** The format of the line from `start` on that was just scanned and is right, in words. */
export const formName = (spec: FormatSpec, bytes: Uint8Array, start: number, scanner: LineScanner): string => {
  if (spec.wrappers.length === 0) {
    return spec.inner.kind === "common" ? commonName(bytes, start, scanner) : spec.name
  }
  const wrappers = spec.wrappers.map((w) => (w.kind === "json" ? `JSON ${w.path.join(".")}` : wrapperWords[w.kind]))
  return `${spec.inner.kind === "common" ? "common or combined" : spec.name} in ${wrappers.join(", ")}`
}

/** The pattern of a format that was found by its words, as `--format` takes it. */
export const patternOf = (spec: FormatSpec): string | undefined =>
  spec.inner.kind === "text" ? spec.inner.pattern : undefined
