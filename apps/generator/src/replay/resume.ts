import type { Place } from "./place.ts"

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
