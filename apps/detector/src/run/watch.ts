import type { Outdated, StoreError } from "@chaussettes/jetstream"
import type { Effect } from "effect"
import type { EncodedAlert, FoldOutput } from "../fold/fold.ts"
import type { Recovered } from "./recovery.ts"

/** What a life tells of itself while it goes on: for logs, health and metrics. None of it may fail or take long. */
export interface Watch {
  readonly onNotice: (notice: string) => Effect.Effect<void>
  readonly onReady: (recovered: Recovered) => Effect.Effect<void>
  readonly onOutput: (output: FoldOutput) => Effect.Effect<void>
  /** Alerts that are stored, and with them all that was decided from the lines up to a sequence of LOGS. */
  readonly onAlerts: (alerts: ReadonlyArray<EncodedAlert>, throughSeq: number) => Effect.Effect<void>
  readonly onWaiting: (
    what: "WINDOWS" | "ALERTS" | "INCIDENTS" | "REJECTS"
  ) => (error: StoreError | Outdated) => Effect.Effect<void>
}
