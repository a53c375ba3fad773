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

/** A file that was named on the command line. */
export interface Candidate {
  readonly fileName: string
  readonly path: string
  /** Length of the unpacked file where that is cheap to know. */
  readonly bytes: number | undefined
  /** Hash of its first bytes; `undefined` where it has not that many. */
  readonly hashOfFirst: (bytes: number) => string | undefined
}

/** What LOGS says of a source. */
export interface LastMessage {
  /** Its headers, read; `undefined` where no replay wrote it. */
  readonly place: Place | undefined
  /** It is the punctuation behind everything. */
  readonly isEnd: boolean
}

/** Where to go on. */
export type Resume =
  | { readonly _tag: "FromStart" }
  | { readonly _tag: "From"; readonly file: number; readonly place: Place; readonly isEnd: boolean }
  /** The source's last message was written by something else. */
  | { readonly _tag: "NotReplayed" }
  | { readonly _tag: "FileChanged"; readonly path: string; readonly place: Place }
  | { readonly _tag: "FileShrank"; readonly path: string; readonly place: Place }
  | { readonly _tag: "FileMissing"; readonly place: Place }
  | { readonly _tag: "Ambiguous"; readonly place: Place }

/** Where a replay begins, be it a new one. */
export interface Start {
  /** Place of the file among the files; those before it are in LOGS. */
  readonly file: number
  readonly offset: number
  readonly line: number
  /** Behind this place LOGS has the punctuation already. */
  readonly isEnd: boolean
  /** The identity that the messages carry, see `Place`. */
  readonly replay: string
  readonly resumed: boolean
  readonly shift: { readonly _tag: "By"; readonly ms: number } | { readonly _tag: "FirstLineToNow" }
}

/** A beginning that is shorter than this does not tell two files apart by itself. */
const tellingBytes = 256

/**
 * Finds the place behind a source's last message among the files. A file is known by its beginning, whatever it is called
 * now (logs are rotated and packed), and by its name where that is not enough. Those before it on the command line are in LOGS already,
 * as files are replayed in order.
 */
export const resumeFrom = (last: LastMessage | undefined, files: ReadonlyArray<Candidate>): Resume => {
  if (last === undefined) return { _tag: "FromStart" }
  const { place, isEnd } = last
  if (place === undefined) return { _tag: "NotReplayed" }
  const isNamed = (i: number) => files[i]!.fileName === place.fileName
  const alike = [...files.keys()].filter((i) => files[i]!.hashOfFirst(place.head.bytes) === place.head.hash)
  const named = alike.filter(isNamed)
  const same = named.length > 0 ? named : place.head.bytes >= tellingBytes ? alike : []
  if (same.length > 1) return { _tag: "Ambiguous", place }
  const [file] = same
  if (file === undefined) {
    const changed = files.find((candidate) => candidate.fileName === place.fileName)
    return changed === undefined ? { _tag: "FileMissing", place } : { _tag: "FileChanged", path: changed.path, place }
  }
  const { bytes, path } = files[file]!
  if (bytes !== undefined && bytes < place.offset) return { _tag: "FileShrank", path, place }
  return { _tag: "From", file, place, isEnd }
}
