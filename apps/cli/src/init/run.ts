import {
  type Applied,
  type AppliedCopy,
  applyTopology,
  applyViewersCopies,
  type Change,
  Connection,
  firstThresholdTexts,
  type ThresholdKey,
  untilAvailable,
  writeFirstThresholds
} from "@chaussettes/jetstream"
import {
  connectionSettings,
  formatSpan,
  readThresholdsFile,
  sayWaiting,
  toUserFailure,
  type UserFailure
} from "@chaussettes/service"
import { Clock, Effect, Option, Schedule } from "effect"
import type { InitInput } from "./flags.ts"
import { limitsOf } from "./limits.ts"

export const init = Effect.fn("init")(function* (input: InitInput): Effect.fn.Return<void, UserFailure> {
  const overrides = yield* Effect.try({
    try: () => limitsOf(input.limits, Option.getOrUndefined(input.replicas)),
    catch: toUserFailure
  })
  const nowMs = yield* Clock.currentTimeMillis
  const first = Option.isNone(input.thresholds)
    ? firstThresholdTexts(nowMs)
    : firstThresholdTexts(nowMs, (yield* readThresholdsFile(input.thresholds.value)).thresholds)
  const waiting = { forMs: input.waitMs, onWaiting: sayWaiting() }
  const result = yield* Effect.gen(function* () {
    // The server may be there before JetStream is, or its cluster may be about to elect.
    const streams = yield* untilAvailable(applyTopology(overrides), waiting)
    const viewers = yield* untilAvailable(copies(input), waiting)
    return { streams, viewers, seuils: yield* untilAvailable(writeFirstThresholds(first), waiting) }
  }).pipe(
    Effect.provide(
      Connection.layer(connectionSettings(input.nats, "init"), {
        waitMs: input.waitMs,
        onWaiting: waiting.onWaiting
      })
    ),
    Effect.mapError(toUserFailure)
  )
  if (input.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else process.stdout.write(textOf(result.streams, result.viewers, result.seuils))
})

/** The viewers' copies; where their server is waited for, as long as it needs to connect. */
const copies = ({ waitForViewers, waitMs }: InitInput) =>
  waitForViewers
    ? applyViewersCopies.pipe(
        Effect.repeat({
          schedule: Schedule.spaced("200 millis"),
          until: (applied) => applied !== "no viewers' server"
        }),
        Effect.timeoutOrElse({ duration: waitMs, orElse: () => Effect.succeed("no viewers' server" as const) })
      )
    : applyViewersCopies

/** The server's spans are in ns. */
const shown = (setting: string, value: unknown): string =>
  typeof value === "number" && ["max_age", "duplicate_window"].includes(setting)
    ? formatSpan(value / 1e6)
    : String(value)

const changeText = ({ setting, from, to }: Change): string =>
  setting === "metadata"
    ? "marked as created by Chaussettes"
    : `${setting} ${shown(setting, from)} → ${shown(setting, to)}`

/** One line a stream, and under it what is worth knowing of its limits. */
const textOf = (
  streams: ReadonlyArray<Applied>,
  viewers: ReadonlyArray<AppliedCopy> | "no viewers' server",
  thresholds: ReadonlyArray<ThresholdKey>
): string => {
  const width = Math.max(12, ...streams.map(({ name }) => name.length))
  const lines = streams.flatMap(({ name, done, changes, kept, refused }) => [
    `${name.padEnd(width)} ${done === "cannot-be-changed" ? "cannot be changed" : done}${
      done === "updated" ? `: ${changes.map(changeText).join(", ")}` : ""
    }`,
    ...kept.map((change) => `  kept as it is in the server: ${changeText(change)} only when --limit names it`),
    ...refused.map((change) => `  not changed: ${changeText(change)}, because ${change.why}`)
  ])
  const written = thresholds.length === 0 ? "were there already" : `written: ${thresholds.join(", ")}`
  const copies =
    typeof viewers === "string"
      ? "no viewers' server: clients without credentials see nothing"
      : viewers.length === 0
        ? "no copies for viewers: they see the system without a prefix"
        : `copies for viewers: ${viewers.map(({ name, done }) => `${name} ${done}`).join(", ")}`
  return `${[...lines, copies, `first thresholds ${written}`].join("\n")}\n`
}
