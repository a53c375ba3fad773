import { formatHeader, parseRfc3339, rfc3339, type Watermark, watermarkHeader } from "@chaussettes/domain"
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

const nameBytes = (header: string): Uint8Array => Uint8Array.from(`${header}:`, (char) => char.charCodeAt(0))
const watermarkName = nameBytes(watermarkHeader)
const formatName = nameBytes(formatHeader)
const [lineFeed, carriageReturn] = [10, 13]

/** Where a header's value begins that has this name and whose line begins at `at`; -1 where it has another. */
const valueAt = (headers: Uint8Array, name: Uint8Array, at: number): number => {
  for (let i = 0; i < name.length; i++) if (headers[at + i] !== name[i]) return -1
  return at + name.length
}

/**
 * What stands under a name in a message's encoded headers. Line by line and byte by byte: the headers are short, so that
 * a native search costs more to call than it saves.
 */
const valueIn = (headers: Uint8Array, name: Uint8Array): string | undefined => {
  for (let at = 0; at < headers.length; at++) {
    const from = valueAt(headers, name, at)
    if (from >= 0) {
      const to = headers.indexOf(carriageReturn, from)
      return new TextDecoder().decode(headers.subarray(from, to < 0 ? headers.length : to))
    }
    while (at < headers.length && headers[at] !== lineFeed) at++
  }
  return undefined
}

/** The punctuation that stands in a message's encoded headers. */
export const watermarkIn = (headers: Uint8Array): Watermark | undefined => {
  const text = valueIn(headers, watermarkName)
  return text === undefined ? undefined : parseWatermark(text)
}

/** The format that stands there; empty where none is declared. */
export const formatIn = (headers: Uint8Array): string => valueIn(headers, formatName)?.trim() ?? ""
