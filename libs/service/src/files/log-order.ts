import { stat } from "node:fs/promises"
import { defaultReading, type InputWords, LineScanner, limits, readerFor } from "@chaussettes/domain"
import { Effect } from "effect"
import { toUserFailure, type UserFailure } from "../failure.ts"
import { fileFailure, readLogFile } from "./log-files.ts"

/*
 * Several files make one log only in the order of their times, and a shell's glob gives another: `access.log.1 access.log.2.gz …` is
 * newest first, and each file behind the first would be late as a whole.
 */

/** So much of a file, unpacked, is searched for its first line with a time. */
export const firstTimeBytes = 256 * 1024

/** The inputs of a command, each once, in the order in which they are to be read. */
export interface OrderedFiles {
  readonly names: ReadonlyArray<string>
  /** Whether the order given and that of the times are the same, as far as that can be known. */
  readonly isGivenByTime: boolean
  /** What a headline needs to know of them. */
  readonly words: Pick<InputWords, "order" | "toParse">
}

interface LookedAt {
  readonly name: string
  /** Of the first line that has one. */
  readonly firstMs: number | undefined
  readonly isEmpty: boolean
}

/**
 * Looks at the inputs before anything is read: each can be opened, and begins at this time. Files are put in the order of these times; equal
 * ones keep theirs, and so do all where one is a pipe, which cannot be looked into. A file without a time comes last. What a user would
 * not expect is said on stderr.
 */
export const orderLogFiles = (
  given: ReadonlyArray<string>,
  asGiven: boolean
): Effect.Effect<OrderedFiles, UserFailure> =>
  Effect.tryPromise({
    try: async (): Promise<OrderedFiles> => {
      const { names, pipes } = await distinct(given)
      const [only] = names
      if (pipes.length > 0) {
        if (names.length > 1 && !asGiven) {
          say(`Reading in the order given: ${listed(pipes)} cannot be read in advance.`)
        }
        return { names, isGivenByTime: true, words: { order: "pipe", toParse: "FILE" } }
      }
      const files: Array<LookedAt> = []
      for (const name of names) files.push(await lookAt(name))
      if (files.length === 1) return { names, isGivenByTime: true, words: { order: "one file", toParse: only! } }
      const byTime = inTimeOrder(files)
      const isGivenByTime = byTime.every((file, i) => file === files[i])
      if (asGiven) {
        const order = isGivenByTime ? "files by time" : "files as given"
        return { names, isGivenByTime, words: { order, toParse: "FILE" } }
      }
      sayOrder(byTime, isGivenByTime)
      return {
        names: byTime.map((file) => file.name),
        isGivenByTime,
        words: { order: "files by time", toParse: "FILE" }
      }
    },
    catch: toUserFailure
  })

const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

const sayOrder = (byTime: ReadonlyArray<LookedAt>, isGivenByTime: boolean): void => {
  if (!isGivenByTime) {
    say(
      `Reading ${byTime[0]!.name} first and ${byTime.at(-1)!.name} last: files are read in the order of their first lines' times; --as-given keeps yours.`
    )
  }
  const undated = byTime.filter((file) => file.firstMs === undefined && !file.isEmpty).map((file) => file.name)
  if (undated.length === 0) return
  say(`No line in the first ${firstTimeBytes / 1024} KiB of ${listed(undated)} has a time: read last.`)
}

/** Files with a time by it, the others behind them; equal ones in the order given. */
const inTimeOrder = <A extends { readonly firstMs: number | undefined }>(files: ReadonlyArray<A>): ReadonlyArray<A> =>
  files.toSorted((a, b) => (a.firstMs === b.firstMs ? 0 : timeOf(a) < timeOf(b) ? -1 : 1))

const timeOf = ({ firstMs }: { readonly firstMs: number | undefined }): number => firstMs ?? Number.POSITIVE_INFINITY

/** Each input once, whatever names it was given by. */
const distinct = async (given: ReadonlyArray<string>) => {
  const seen = new Map<string, string>()
  const pipes: Array<string> = []
  for (const name of given) {
    const stats = name === "-" ? undefined : await stat(name).catch((cause) => Promise.reject(fileFailure(name, cause)))
    const isFile = stats?.isFile() === true
    const identity = isFile ? `${stats.dev}/${stats.ino}` : name
    const before = seen.get(identity)
    if (before !== undefined) {
      say(`Reading ${before} once: ${before === name ? "it is named twice" : `${name} is the same file`}.`)
      continue
    }
    seen.set(identity, name)
    if (stats?.isDirectory() === true)
      throw fileFailure(name, Object.assign(new Error("it is a directory"), { code: "EISDIR" }))
    if (!isFile) pipes.push(name === "-" ? "standard input" : name)
  }
  return { names: [...seen.values()], pipes }
}

const lookAt = async (name: string): Promise<LookedAt> => {
  const scanner = new LineScanner("path", limits.lineBytes, 0, readerFor(defaultReading))
  let left = firstTimeBytes
  for await (const { bytes, start, end } of readLogFile(name)) {
    const stop = Math.min(end, start + left)
    for (let at = start; at < stop; at = scanner.next) {
      if (scanner.scan(bytes, at, end) === 0) return { name, firstMs: scanner.timeMs, isEmpty: false }
    }
    left -= end - start
    if (left <= 0) break
  }
  return { name, firstMs: undefined, isEmpty: left === firstTimeBytes }
}

const listed = (names: ReadonlyArray<string>): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
