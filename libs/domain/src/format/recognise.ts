import { limits } from "../limits.ts"
import { LineScanner } from "../line/line.ts"
import { AMBIGUOUS } from "../line/scan-code.ts"
import { readerOf } from "./compile.ts"
import { noChoice } from "./finish.ts"
import { headed, separators } from "./headed.ts"
import { jsonBehindTime, jsonOf, labelledOf } from "./keyed.ts"
import { commonSpec, type FormatSpec, formatOf, type InnerSpec } from "./spec.ts"
import { patternOf } from "./structure.ts"
import { knownFormats } from "./table.ts"
import { unwrap } from "./unwrap.ts"
import { bytesOf } from "./values.ts"

/*
 * Which format lines have, by their structure: a pure function of the lines, so that whoever reads them again reads them alike. It is asked for
 * lines that no format reads that is known already, and need not be fast.
 */

/** The formats that are tried on all lines, compiled once: they are plain data, and none of them remembers a line. */
const compiled = new Map<InnerSpec, LineScanner>()

const scannerOf = (spec: FormatSpec): LineScanner => {
  let scanner = compiled.get(spec.inner)
  if (scanner === undefined || spec.inner.kind === "common") {
    scanner = new LineScanner("path", limits.lineBytes, 0, readerOf(spec, noChoice))
    if (compiled.size >= limits.formatsKept) compiled.clear()
    if (spec.inner.kind === "json" || knownFormats.some((format) => format.spec === spec.inner)) {
      compiled.set(spec.inner, scanner)
    }
  }
  return scanner
}

/** How many of the lines a format reads, be it in two ways. */
const readBy = (spec: FormatSpec, lines: ReadonlyArray<string>): number => {
  const scanner = scannerOf(spec)
  let right = 0
  for (const line of lines) {
    const bytes = bytesOf(line)
    const code = scanner.scan(bytes, 0, bytes.length)
    if (code === 0 || code === AMBIGUOUS) right++
  }
  return right
}

/** More than this many wrappers around each other are none that programs make. */
const deepest = 4

/**
 * The format of these lines, one character a byte, without line ends; undefined where most of them have none that is known. What the lines do not
 * settle is not guessed at: then there is no format either.
 */
export const recognise = (lines: ReadonlyArray<string>): FormatSpec | undefined => {
  const told = lines.filter((line) => line !== "").slice(0, limits.recogniseLines)
  return mayBeAccess(told) ? within(told, 0) : undefined
}

/** A time, a status and a client have so many digits at least; a line without them costs no further look. */
const leastDigits = 12

const mayBeAccess = (lines: ReadonlyArray<string>): boolean =>
  lines.some((line) => {
    if (line.startsWith("#")) return true
    let digits = 0
    for (let i = 0; i < line.length && digits < leastDigits; i++) {
      const c = line.charCodeAt(i)
      if (c >= 48 && c <= 57) digits++
    }
    return digits >= leastDigits || isHeaderLine(line)
  })

const isHeaderLine = (line: string): boolean =>
  line.length < 4_096 && separators.some((separator) => line.includes(separator)) && /status/i.test(line)

const within = (lines: ReadonlyArray<string>, depth: number): FormatSpec | undefined => {
  const most = (spec: FormatSpec | undefined): spec is FormatSpec =>
    spec !== undefined && readBy(spec, lines) * 2 > lines.length
  // An object is none of Common, and this is asked often.
  if (!lines[0]!.startsWith('{"') && most(commonSpec)) return commonSpec
  if (depth < deepest) {
    const unwrapped = unwrap(lines, (inner) => (mayBeAccess(inner) ? within(inner, depth + 1) : undefined))
    if (unwrapped !== undefined) return unwrapped
  }
  const candidates: ReadonlyArray<() => FormatSpec | undefined> = [
    () => jsonOf(lines),
    () => jsonBehindTime(lines),
    () => headed(lines),
    ...knownFormats.map((format) => () => formatOf(format.name, format.spec)),
    () => labelledOf(lines),
    () => {
      const pattern = patternOf(lines)
      return pattern === undefined ? undefined : formatOf("pattern", pattern)
    }
  ]
  for (const candidate of candidates) {
    const spec = candidate()
    if (spec === undefined) continue
    if (spec.inner.kind === "columns" && spec.name !== "gcs") return spec
    if (most(spec)) return spec
  }
  return undefined
}
