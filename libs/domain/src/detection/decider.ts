import type { Rules, SinceLast } from "../wire/record.ts"
import type { ThresholdsInForce } from "../wire/threshold.ts"
import { type Circumstances, type Decision, decide, type Origin } from "./decision.ts"
import type { KnownRecord } from "./start.ts"
import type { OpenWindow, OpenWindows } from "./window.ts"

/** What came of a record; no decision where LOGS no longer holds its lines: then its alerts cannot be derived again. */
export interface DecidedAgain {
  readonly known: KnownRecord
  readonly decision: Decision | undefined
}

/**
 * Decides in place of the watermark, the silences and the limits: records that exist already say behind which message, and what. In the detector
 * they are those of an earlier life, and are believed (`EarlierRecords`); `verify` believes as little of them as it can.
 */
export interface Decider {
  /** Whether a record may still come: until then nothing else decides. */
  readonly isLeft: boolean
  /** Behind this message of LOGS the next record decides; Infinity where none waits. */
  readonly throughSeq: number
  /**
   * Does to the windows what the next record says. Answers what came of it, where that is for the detection to tell.
   *
   * @param takeSince what was counted since it was called last
   */
  decideNext(windows: OpenWindows, takeSince: () => SinceLast): DecidedAgain | undefined
}

/** Decides a window, with what the windows themselves say of where the next start may begin; all that is in it stands in a record then. */
export const decideAmong = (
  windows: OpenWindows,
  window: OpenWindow,
  by: { readonly seuils: ThresholdsInForce; readonly rules: Rules; readonly origin: Origin },
  circumstances: Omit<Circumstances, "resumeSeq" | "openSeq" | "decidedThroughMs">
): Omit<Decision, "recordSeq"> => {
  const { throughSeq, lateBeforeMs } = circumstances
  const said = decide(window, by.seuils, by.rules, by.origin, {
    ...circumstances,
    resumeSeq: Math.min(windows.firstSeq(lateBeforeMs), throughSeq + 1),
    openSeq: Math.min(windows.openFirstSeq(), throughSeq + 1),
    decidedThroughMs: windows.decidedThroughMs
  })
  windows.settle(window)
  return said
}
