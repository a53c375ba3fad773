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

const headerStart = Buffer.from(`\r\n${watermarkHeader}:`, "latin1")
const cr = 13

/** The punctuation that stands in a message's encoded headers, without decoding the others. */
export const watermarkIn = (headers: Uint8Array): Watermark | undefined => {
  const bytes = Buffer.from(headers.buffer, headers.byteOffset, headers.byteLength)
  const at = bytes.indexOf(headerStart)
  if (at < 0) return undefined
  const from = at + headerStart.length
  const to = bytes.indexOf(cr, from)
  return parseWatermark(bytes.toString("latin1", from, to < 0 ? bytes.length : to))
}
