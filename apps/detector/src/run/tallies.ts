import { type Tally, tallyOnwards } from "@chaussettes/domain"
import { DetectorState } from "@chaussettes/jetstream"
import { Effect, Ref } from "effect"

/** The tally of an earlier life. It is only looked at: where it cannot be read, this life tells what it knows itself. */
export const tallyBefore = Effect.gen(function* () {
  const state = yield* DetectorState
  return yield* Effect.orElseSucceed(state.readTally, () => undefined)
})

/** Writes the tally of recent lines where it says something else than the last one. A failure is made good by the next. */
export const tallies = (before: Tally | undefined, newest: Ref.Ref<Tally | undefined>) =>
  Effect.gen(function* () {
    const state = yield* DetectorState
    let written = ""
    return Effect.gen(function* () {
      const own = yield* Ref.get(newest)
      if (own === undefined) return
      const tally = before === undefined ? own : tallyOnwards(before, own)
      const says = JSON.stringify({ ...tally, at_ms: 0 })
      if (says === written) return
      const stored = yield* Effect.result(state.writeTally(tally))
      if (stored._tag === "Success") written = says
    })
  })
