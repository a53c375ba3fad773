import { createHash } from "node:crypto"
import { basename } from "node:path"
import { percentDecoded } from "@chaussettes/domain"

/*
 * How LOGS itself remembers how far a replay is. Each message carries, in its headers, which file it is from and where that file goes on
 * behind the message's last line; the last message of a source is then the place from which to go on.
 */

/** How much of a file's beginning tells it from others. */
export const headBytes = 4096

/** What stands in the headers of a replayed message. */
export interface Place {
  /** Drawn anew for each replay that does not go on with another one: two replays of a file are two, on purpose. */
  readonly replay: string
  readonly fileName: string
  /** A hash of the file's beginning, and of how many bytes that was: the file may have grown since. */
  readonly head: { readonly hash: string; readonly bytes: number }
  /** Where the file (unpacked, if it is gzip) goes on behind the message's last line, in bytes. */
  readonly offset: number
  /** The number of that last line, from 1. */
  readonly line: number
  /** By how much times were shifted. */
  readonly shiftMs: number
  /** Its files were not sent in the order of their times. Which of them are in LOGS follows from their order. */
  readonly asGiven: boolean
}

export const headHash = (head: Uint8Array): string => createHash("sha256").update(head).digest("hex").slice(0, 24)

/** The file as the headers name it: its place may change between two runs, its name not. */
export const fileNameOf = (path: string): string => basename(path)

const names = {
  replay: "Chaussettes-Replay",
  file: "Chaussettes-File",
  head: "Chaussettes-File-Head",
  offset: "Chaussettes-Offset",
  line: "Chaussettes-Line",
  shift: "Chaussettes-Shift-Ms",
  order: "Chaussettes-Order"
} as const

const asGiven = "as-given"

/**
 * The headers of a message. Its `Nats-Msg-Id` names the very lines it holds, so that one that was under way when a replay was killed
 * and the same one sent again by the next are one.
 * @param what where the lines begin in the file, or `end` for the punctuation behind the last one
 */
export const headersOf = (place: Place, what: number | "end"): Record<string, string> => {
  const id = `${place.replay}.${place.head.hash}.${what}-${place.offset}`
  return {
    "Nats-Msg-Id": id,
    [names.replay]: place.replay,
    [names.file]: encodeURIComponent(place.fileName),
    [names.head]: `${place.head.hash}/${place.head.bytes}`,
    [names.offset]: `${place.offset}`,
    [names.line]: `${place.line}`,
    ...(place.shiftMs === 0 ? {} : { [names.shift]: `${place.shiftMs}` }),
    ...(place.asGiven ? { [names.order]: asGiven } : {})
  }
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : undefined

/** The inverse; `undefined` for a message that no replay wrote. */
export const placeOf = (headers: Readonly<Record<string, string>>): Place | undefined => {
  const [hash, bytes] = (headers[names.head] ?? "").split("/")
  const place = {
    replay: headers[names.replay],
    fileName: headers[names.file] && percentDecoded(headers[names.file]!),
    head: { hash, bytes: wholeNumber(bytes) },
    offset: wholeNumber(headers[names.offset]),
    line: wholeNumber(headers[names.line]),
    shiftMs: wholeNumber(headers[names.shift] ?? "0"),
    asGiven: headers[names.order] === asGiven
  }
  const isWhole = Object.values({ ...place, ...place.head }).every((value) => value !== undefined && value !== "")
  return isWhole ? (place as Place) : undefined
}
