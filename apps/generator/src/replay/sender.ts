import { formatHeader, type InputWords, type LineOutcomes } from "@chaussettes/domain"
import { LogsWriter, type StoreError, type Windows } from "@chaussettes/jetstream"
import { failed, type UserFailure } from "@chaussettes/service"
import { Clock, Effect } from "effect"
import { ColumnNames } from "../lines/columns.ts"
import type { PackedLines } from "../lines/packer.ts"
import type { Rewrite } from "../lines/rewrite.ts"
import { makeSentMetrics } from "../metrics.ts"
import { say } from "../say.ts"
import type { ReplayFile } from "./files.ts"
import { LineSample, lateWarning } from "./forecast.ts"
import { firstTimeMs, shiftTimes, shiftToNow, TimeNotShifted } from "./rebase.ts"
import { headersOf, type Place, type Start } from "./resume.ts"

export interface ReplayOptions {
  readonly source: string
  readonly files: ReadonlyArray<ReplayFile> | "standard input"
  readonly start: Start
  readonly speed: number | undefined
  /** The files are sent in the order given, which is not that of their times; the messages carry it, see `Place`. */
  readonly asGiven: boolean
  /** How the input came, for what is said of it at the end. */
  readonly words: Pick<InputWords, "order" | "toParse">
  readonly rewrites: ReadonlyArray<Rewrite>
  /** What the messages declare as the format of their lines; by default the lines show it. */
  readonly format?: string
}

/** What has been handed to the writer. Names as in the summary. */
interface Sent {
  lines: number
  bytes: number
  messages: number
  cut_lines: number
}

/** The file that lines come from now. */
export type FileIdentity = Pick<Place, "fileName" | "head">

/** Sends lines as one replay: rewritten as was asked, and with the place behind them. */
export interface Sender {
  readonly sent: Readonly<Sent>
  /** What the detector will make of a sample of them. */
  readonly outcomes: () => LineOutcomes
  readonly send: (file: FileIdentity, packed: PackedLines) => Effect.Effect<void, StoreError | UserFailure, Windows>
  /** Lines come from this file from now on, beginning here. */
  readonly begin: (file: FileIdentity, from: { readonly offset: number; readonly line: number }) => void
  /** Lines that stand before those that will be sent, as they may name the columns of these. @param isFirst whether the file begins with them */
  readonly saw: (lines: Uint8Array, isFirst: boolean) => void
  /** What the next message declares as the format of its lines. */
  readonly declares: () => string | undefined
  /** The punctuation: nothing comes behind what was sent. */
  readonly end: Effect.Effect<void, StoreError>
  readonly shiftMs: () => number
  /** Resolves once all that was sent so far is stored. */
  readonly stored: () => Promise<unknown>
}

export const makeSender = Effect.fn("makeSender")(function* (
  options: Pick<ReplayOptions, "source" | "start" | "rewrites" | "asGiven" | "format">
): Effect.fn.Return<Sender, never, LogsWriter> {
  const writer = yield* LogsWriter
  const metrics = yield* makeSentMetrics("replay")
  const { source, start } = options
  const sent: Sent = { lines: 0, bytes: 0, messages: 0, cut_lines: 0 }
  let shiftMs = start.shift._tag === "By" ? start.shift.ms : undefined
  let rewrites: ReadonlyArray<Rewrite> = withShift(options.rewrites, shiftMs)
  let isFirstTimeSeen = false
  const columns = new ColumnNames()
  const declares = () => options.format ?? columns.declared
  const sample = new LineSample()
  let place: Place = {
    replay: start.replay,
    fileName: "",
    head: { hash: "", bytes: 0 },
    offset: 0,
    line: 0,
    shiftMs: 0,
    asGiven: options.asGiven
  }

  /** At the first line that has a time: what it is shifted by where that hangs on it, and whether it comes too late. */
  const look = (lines: Uint8Array) =>
    Effect.gen(function* () {
      const timeMs = firstTimeMs(lines, declares())
      if (timeMs === undefined) return
      isFirstTimeSeen = true
      if (shiftMs === undefined) {
        shiftMs = shiftToNow(timeMs, yield* Clock.currentTimeMillis)
        rewrites = withShift(options.rewrites, shiftMs)
      }
      const warning = yield* lateWarning(timeMs + shiftMs)
      if (warning !== undefined) yield* say(warning)
    })

  const rewritten = (packed: PackedLines, format: string | undefined) =>
    Effect.try({
      try: () => rewrites.reduce((payload, rewrite) => rewrite(payload, format), packed.payload),
      catch: (cause) => {
        if (!(cause instanceof TimeNotShifted)) throw cause
        const line = packed.endLine - packed.lines + 1
        return failed(
          `--rebase cannot shift the times from line ${line} of ${place.fileName} on: it does not know how their format (${cause.format}) writes them. Replay the lines without it, or use \`chaussettes analyze\`.`,
          cause
        )
      }
    })

  return {
    sent,
    outcomes: () => sample.outcomes,
    shiftMs: () => shiftMs ?? 0,
    stored: () => Effect.runPromise(writer.flush),
    begin: (file, from) => {
      place = { ...place, ...file, ...from }
      columns.forget()
    },
    saw: (lines, isFirst) => columns.saw(lines, isFirst),
    declares,
    send: (file, packed) =>
      Effect.gen(function* () {
        if (!isFirstTimeSeen) yield* look(packed.payload)
        const format = declares()
        sample.look(packed.payload, shiftMs ?? 0, yield* Clock.currentTimeMillis, format)
        const payload = yield* rewritten(packed, format)
        columns.saw(packed.payload, packed.startOffset === 0)
        place = { ...place, ...file, offset: packed.endOffset, line: packed.endLine, shiftMs: shiftMs ?? 0 }
        const declared = format === undefined ? {} : { [formatHeader]: format }
        yield* writer.publish(source, { payload, headers: { ...headersOf(place, packed.startOffset), ...declared } })
        yield* metrics.sent(packed.lines, packed.endOffset - packed.startOffset)
        sent.lines += packed.lines
        sent.bytes += packed.endOffset - packed.startOffset
        sent.messages++
        if (packed.cutBytes > 0) sent.cut_lines++
      }),
    end: Effect.suspend(() =>
      writer.publish(source, {
        payload: new Uint8Array(0),
        watermark: "end",
        headers: headersOf({ ...place, shiftMs: shiftMs ?? 0 }, "end")
      })
    )
  }
})

const withShift = (rewrites: ReadonlyArray<Rewrite>, shiftMs: number | undefined): ReadonlyArray<Rewrite> =>
  shiftMs === undefined || shiftMs === 0 ? rewrites : [shiftTimes(shiftMs), ...rewrites]
