import type { Tally } from "@chaussettes/domain"
import { DetectorState } from "@chaussettes/jetstream"
import { Effect, Ref } from "effect"

/** Writes the tally of recent lines where it says something else than the last one. It is only looked at: a failure is made good by the next. */
export const tallies = (newest: Ref.Ref<Tally | undefined>) =>
  Effect.gen(function* () {
    const state = yield* DetectorState
    let written = ""
    return Effect.gen(function* () {
      const tally = yield* Ref.get(newest)
      if (tally === undefined) return
      const says = JSON.stringify({ ...tally, at_ms: 0 })
      if (says === written) return
      const stored = yield* Effect.result(state.writeTally(tally))
      if (stored._tag === "Success") written = says
    })
  })
