import type { LineOutcomes } from "@chaussettes/domain"
import { LogsWriter, type StoreError, type Windows } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import {
  count,
  counted,
  failed,
  type InputFacts,
  type InputReport,
  spoilEnd,
  type UserFailure
} from "@chaussettes/service"
import { Clock, Effect, Option, type Scope } from "effect"
import { drained } from "../drained.ts"
import { say } from "../say.ts"
import { sampleReport } from "./forecast.ts"
import { sendInput } from "./send-input.ts"
import { makeSender, type ReplayOptions } from "./sender.ts"

/** What a run of `replay` came to, as `--json` prints it. */
export interface ReplaySummary extends InputFacts {
  readonly source: string
  readonly files: ReadonlyArray<string>
  readonly lines: number
  /** Of the input, unpacked. */
  readonly bytes: number
  readonly messages: number
  /** Lines that were longer than a message may be and were cut. */
  readonly cut_lines: number
  /** What the detector will make of them, by a sample. */
  readonly looked_at: LineOutcomes
  readonly seconds: number
  readonly lines_per_second: number
  /** The last sequence in LOGS; null where nothing was sent. */
  readonly last_seq: number | null
  readonly resumed_from: { readonly file: string; readonly line: number } | null
  readonly shifted_by_ms: number
  /** Whether it came to the end of its input; else `--resume` goes on. */
  readonly finished: boolean
}

export const summaryText = (s: ReplaySummary): string => {
  const parts = [
    `${counted(s.lines, "line")}, ${count(s.bytes)}B in ${counted(s.messages, "message")} and ${s.seconds.toFixed(1)} s (${count(s.lines_per_second)} lines/s)`,
    ...(s.last_seq === null ? [] : [`logs.${s.source} up to sequence ${s.last_seq}`]),
    ...(s.cut_lines === 0 ? [] : [`${counted(s.cut_lines, "line was", "lines were")} cut at the length of a message`]),
    ...(s.finished ? [] : ["interrupted"])
  ]
  return parts.join(" · ")
}

/**
 * Sends the files from `start` on, one after the other, and the punctuation behind them. When the fiber is interrupted, what is under way
 * is brought to its end; a pipe's lines that were read already are sent first, as nobody else has them. `report` is told how it went, and
 * whether the detector can use what was sent.
 */
export const replayInto = (
  options: ReplayOptions,
  report: (summary: ReplaySummary, isUsable: boolean) => Effect.Effect<void>
): Effect.Effect<void, UserFailure | StoreError, Scope.Scope | LogsWriter | Windows> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { source, files, start } = options
      const isPipe = files === "standard input"
      const writer = yield* LogsWriter
      const startedMs = yield* Clock.currentTimeMillis
      const sender = yield* makeSender(options)
      const isFinished = yield* sendInput(options, sender, restore)
      const hasEndAlready = start.isEnd && sender.sent.messages === 0
      if ((isFinished || isPipe) && !hasEndAlready) yield* sender.end
      const isNothingNew = start.resumed && sender.sent.lines === 0
      const lastSeq = yield* drained(writer.flush, isFinished ? restore : undefined)
      if (isNothingNew && isFinished) yield* say(`${logsStream} already holds all of it.`)
      const elapsedMs = (yield* Clock.currentTimeMillis) - startedMs
      const input = isNothingNew ? fine : sampleReport(sender.outcomes(), options.words)
      if (input.json.headline !== null) yield* say(input.json.headline)
      const summary: ReplaySummary = {
        source,
        files: isPipe ? ["-"] : files.map((file) => file.path),
        ...sender.sent,
        looked_at: sender.outcomes(),
        seconds: elapsedMs / 1000,
        lines_per_second: Math.round((sender.sent.lines * 1000) / Math.max(elapsedMs, 1)),
        last_seq: Option.getOrNull(Option.filter(lastSeq, (seq) => seq > 0)),
        resumed_from: start.resumed && !isPipe ? { file: files[start.file]!.path, line: start.line } : null,
        shifted_by_ms: sender.shiftMs(),
        finished: isFinished,
        ...input.json
      }
      yield* report(summary, !input.isFailure)
      if (Option.isNone(lastSeq)) {
        const remedy = isPipe ? `Check what ${logsStream} holds of them.` : "Run it again with --resume."
        spoilEnd(failed(`The server has not acknowledged the last lines: they may be missing. ${remedy}`))
      }
    })
  )

const fine: InputReport = { json: { usability: "fine", headline: null }, text: "", isFailure: false }
