import { LogsWriter, type StoreError, type Windows } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { failed, type InputReport, spoilEnd, type UserFailure } from "@chaussettes/service"
import { Clock, Effect, Option, type Scope } from "effect"
import { drained } from "../drained.ts"
import { say } from "../say.ts"
import { sampleReport } from "./line-sample.ts"
import type { ReplayOptions } from "./options.ts"
import { sendInput } from "./send-input.ts"
import { makeSender } from "./sender.ts"
import type { ReplaySummary } from "./summary.ts"

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
        const remedy = isPipe ? `See what ${logsStream} holds of it.` : "Run it again with --resume."
        spoilEnd(failed(`The server has not acknowledged the last lines: they may be missing. ${remedy}`))
      }
    })
  )

const fine: InputReport = { json: { usability: "fine", headline: null }, text: "", isFailure: false }
