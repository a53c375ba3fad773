import { randomBytes } from "node:crypto"
import { LogsReader, type StoreError } from "@chaussettes/jetstream"
import { failed, type UserFailure } from "@chaussettes/service"
import { Clock, Effect, Option } from "effect"
import { say } from "../say.ts"
import { fileFailure, type ReplayFile } from "./files.ts"
import type { ReplayInput } from "./flags.ts"
import { lastTimeMs, shiftToNow } from "./rebase.ts"
import { type Place, placeOf, resumeFrom, type Start } from "./resume.ts"

/** Nobody can foresee the token, and with it the identities of the messages: see `messageIds`. */
const fresh = () =>
  ({ file: 0, offset: 0, line: 0, isEnd: false, replay: randomBytes(12).toString("hex"), resumed: false }) as const

/** From the first line of the first file. */
export const newStart = Effect.fn("newStart")(function* (
  flags: Pick<ReplayInput, "rebase" | "speed" | "format">,
  files: ReadonlyArray<ReplayFile>
): Effect.fn.Return<Start, UserFailure> {
  const start = fresh()
  if (Option.isNone(flags.rebase)) return { ...start, shift: { _tag: "By", ms: 0 } }
  const last = files.at(-1)
  if (last === undefined || !last.isRegular || Option.isSome(flags.speed)) {
    return { ...start, shift: { _tag: "FirstLineToNow" } }
  }
  const timeMs = yield* Effect.tryPromise({
    try: () => lastTimeMs(last, Option.getOrUndefined(flags.format)),
    catch: (error) => fileFailure(last.path, error)
  })
  if (timeMs === undefined) {
    return yield* failed(
      `No line at the end of ${last.path} has a time, so --rebase cannot tell by how much to shift. Leave it out, or name a file whose last lines have times.`
    )
  }
  return { ...start, shift: { _tag: "By", ms: shiftToNow(timeMs, yield* Clock.currentTimeMillis) } }
})

/** From behind what LOGS holds of the source. */
export const resumedStart = Effect.fn("resumedStart")(function* (
  source: string,
  flags: Pick<ReplayInput, "rebase" | "speed" | "format" | "asGiven">,
  files: ReadonlyArray<ReplayFile>
): Effect.fn.Return<Start, UserFailure | StoreError, LogsReader> {
  const pipe = files.find((file) => !file.isRegular)
  if (pipe !== undefined) return yield* failed(`--resume needs regular files, and ${pipe.path} is not one.`)
  const last = yield* LogsReader.use((reader) => reader.lastOf(source))
  const resume = resumeFrom(last && { place: placeOf(last.headers), isEnd: last.message.watermark === "end" }, files)
  const was = (place: Place) => `${place.fileName} up to line ${place.line}`
  switch (resume._tag) {
    case "FromStart":
      return yield* newStart(flags, files)
    case "From": {
      const { offset, line, replay, shiftMs, asGiven } = resume.place
      // The files before this one are taken to be in LOGS, which holds only in the order in which they were sent.
      if (files.length > 1 && asGiven !== flags.asGiven) {
        return yield* failed(
          asGiven
            ? `logs.${source} was replayed with --as-given, its files not in the order of their times: give --as-given and the same order again.`
            : `logs.${source} was replayed in the order of the files' times, and these are given in another order: leave --as-given out.`
        )
      }
      yield* say(`Resuming ${files[resume.file]!.path} after line ${line}.`)
      return {
        file: resume.file,
        offset,
        line,
        isEnd: resume.isEnd,
        replay,
        resumed: true,
        shift: { _tag: "By", ms: shiftMs }
      }
    }
    case "NotReplayed":
      return yield* failed(
        `The last message of logs.${source} was not written by replay, so replay cannot tell where to resume. Give the source of the earlier replay with --source, or leave --resume out.`
      )
    case "FileChanged":
      return yield* failed(
        `${resume.path} has changed since: logs.${source} holds ${was(resume.place)} of a file that began with other lines. If it was rotated, name the older file, too; or leave --resume out.`
      )
    case "FileShrank":
      return yield* failed(
        `${resume.path} is shorter than what was replayed of it: logs.${source} holds ${was(resume.place)}. Restore the file, or leave --resume out.`
      )
    case "FileMissing":
      return yield* failed(
        `logs.${source} ends with ${was(resume.place)}, and none of the given files is that one. Name it, too, or give another source with --source.`
      )
    case "Ambiguous":
      return yield* failed(
        `logs.${source} ends with ${was(resume.place)}, and more than one file given could be that one. Name it once.`
      )
  }
})
