import { AlertsLog, DetectorState, WindowsLog } from "@chaussettes/jetstream"
import { type LeaseOptions, lead as leadBy } from "@chaussettes/service/lead"
import { Effect } from "effect"

export type { LeaseOptions } from "@chaussettes/service/lead"

/** The lead over all detectors. */
export const lead = (options: LeaseOptions, onStandby: (leader: string) => Effect.Effect<void>) =>
  Effect.flatMap(DetectorState, (state) => leadBy(state, options, onStandby, newestEpoch))

/** Where there is no lease, as after somebody deleted it: the generations that were there before stand in what they wrote. */
const newestEpoch = Effect.gen(function* () {
  let newest = 0
  for (const log of [yield* WindowsLog, yield* AlertsLog]) {
    const lastSeq = yield* log.lastSeq
    const last = lastSeq === 0 ? undefined : yield* log.get(lastSeq)
    newest = Math.max(newest, last?.epoch ?? 0)
  }
  return newest
})
