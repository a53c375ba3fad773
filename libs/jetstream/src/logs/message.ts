import { parseRfc3339, rfc3339, type Watermark, watermarkHeader } from "@chaussettes/domain"
import { Refused } from "../errors.ts"
import { logsSubjectPrefix } from "../topology.ts"

/** Between tokens of a subject, and for all tokens but the first ones: what NATS allows and what can be read by people. */
const sourceForm = /^[^\s.*>\p{Cc}]+(\.[^\s.*>\p{Cc}]+)*$/u
const maxSourceBytes = 255

/** The subject of a source's lines; undefined where the name cannot be one. */
export const subjectOf = (source: string): string | undefined =>
  sourceForm.test(source) && Buffer.byteLength(source) <= maxSourceBytes ? logsSubjectPrefix + source : undefined

export const sourceOf = (subject: string): string => subject.slice(logsSubjectPrefix.length)

export const badSource = (source: string): Refused =>
  new Refused({
    what: `the source ${JSON.stringify(source)}`,
    why: "its name cannot be part of a subject",
    remedy: `Use at most ${maxSourceBytes} bytes without spaces, * and >, and dots only between other characters.`
  })

/** What a header's value says; undefined for one that cannot be read, whose message is then no punctuation. */
export const parseWatermark = (text: string): Watermark | undefined => {
  const value = text.trim()
  return value === "end" ? "end" : parseRfc3339(value)
}

export const watermarkText = (watermark: Watermark): string => (watermark === "end" ? "end" : rfc3339(watermark))

const headerName = Uint8Array.from(`${watermarkHeader}:`, (char) => char.charCodeAt(0))
const [lineFeed, carriageReturn] = [10, 13]

/** Where a header's value begins that has this name and whose line begins at `at`; -1 where it has another. */
const valueAt = (headers: Uint8Array, at: number): number => {
  for (let i = 0; i < headerName.length; i++) if (headers[at + i] !== headerName[i]) return -1
  return at + headerName.length
}

/**
 * The punctuation that stands in a message's encoded headers. Line by line and byte by byte: the headers are short, so that
 * a native search costs more to call than it saves.
 */
export const watermarkIn = (headers: Uint8Array): Watermark | undefined => {
  for (let at = 0; at < headers.length; at++) {
    const from = valueAt(headers, at)
    if (from >= 0) {
      const to = headers.indexOf(carriageReturn, from)
      return parseWatermark(new TextDecoder().decode(headers.subarray(from, to < 0 ? headers.length : to)))
    }
    while (at < headers.length && headers[at] !== lineFeed) at++
  }
  return undefined
}
