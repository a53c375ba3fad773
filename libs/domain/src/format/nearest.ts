import { limits } from "../limits.ts"
import { LineScanner } from "../line/line.ts"
import { reasonOf } from "../line/scan-code.ts"
import { noChoice } from "./finish.ts"
import { missingOf, pairs, pathsOf } from "./keyed.ts"
import { leavesOf, objectOf } from "./leaves.ts"
import { knownFormats } from "./table.ts"
import { TextReader } from "./text.ts"
import { bytesOf, holdsTime, isClient } from "./values.ts"

/* What is the matter with a line that nothing reads. */

/** With fewer pairs a line is none of them. */
const leastPairs = 4

/** Which fields are not found in a line that is an object or pairs, or asks for something; undefined for any other line. */
export const missingIn = (line: string): ReadonlyArray<string> | undefined => {
  const object = objectOf(line)
  if (object !== undefined) return missingOf(pathsOf(leavesOf([object])))
  const labelled = pairs.logfmt(line)
  if (labelled.length >= leastPairs && holdsMostly(line, labelled))
    return missingOf(pathsOf(leavesOf([Object.fromEntries(labelled)])))
  return requestForm.test(line) ? missingAmongWords(line) : undefined
}

const holdsMostly = (line: string, labelled: ReadonlyArray<readonly [key: string, value: string]>): boolean =>
  labelled.reduce((sum, [key, value]) => sum + key.length + value.length + 2, 0) * 2 > line.length

const requestForm = /(?:^|[\s"'|,;])(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)[\s"'|,;]+[/*h]/

const missingAmongWords = (line: string): ReadonlyArray<string> => {
  const words = line.split(/[\s"'|,;()]+/)
  const hasClient = words.some((word) => /[\d:]/.test(word) && isClient(word.replace(/[:\]]$/, "")))
  const hasStatus = words.some((word) => /^\[?[1-5]\d\d\]?:?$/.test(word))
  return [...(holdsTime(line) ? [] : ["time"]), ...(hasClient ? [] : ["client"]), ...(hasStatus ? [] : ["status"])]
}

/** The format that comes nearest to a line that none reads, and where it breaks. */
export interface Nearest {
  readonly format: string
  /** The field that was expected, from 1, and what it is. */
  readonly field: number
  readonly expected: string
}

export const nearest = (line: string): Nearest | undefined => {
  const bytes = bytesOf(line)
  let best: (Nearest & { readonly share: number }) | undefined
  for (const { name, spec } of knownFormats) {
    if (spec.kind !== "text") continue
    const reader = new TextReader(spec, noChoice)
    const scanner = new LineScanner("path", limits.lineBytes, 0, reader)
    const code = scanner.scan(bytes, 0, bytes.length)
    if (code === 0) continue
    const share = reader.fieldsRead / reader.fields
    if (best === undefined || share > best.share) {
      const expected = [...spec.pattern.matchAll(/\$(\w+)/g)][reader.fieldsRead]?.[1] ?? "_"
      best = {
        format: name,
        field: reader.fieldsRead + 1,
        expected: reader.fieldsRead + 1 === reader.fields ? reasonOf(code) : expected === "_" ? "field" : expected,
        share
      }
    }
  }
  return best === undefined || best.share < 0.3 ? undefined : best
}
