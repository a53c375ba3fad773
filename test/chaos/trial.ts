import type { RunningServer, TcpProxy } from "@chaussettes/jetstream/testing"
import type { Random } from "../../libs/domain/test/support/random.ts"
import type { Feeder } from "./feeder.ts"
import type { Observer } from "./observer.ts"
import type { Detectors } from "./processes.ts"
import type { Report } from "./report.ts"

/** How much is done to the detector and the server. */
export interface Size {
  readonly lines: number
  readonly detectorKills: number
  readonly serverKills: number
  readonly rounds: number
}

export const sizes: { readonly [name: string]: Size } = {
  ci: { lines: 200_000, detectorKills: 100, serverKills: 10, rounds: 3 },
  full: { lines: 2_000_000, detectorKills: 1_000, serverKills: 100, rounds: 20 }
}

/** What a phase works with. */
export interface Trial {
  /** The built command. */
  readonly program: string
  readonly size: Size
  readonly random: Random
  readonly server: RunningServer
  readonly proxy: TcpProxy
  readonly detectors: Detectors
  readonly feeder: Feeder
  readonly observer: Observer
  readonly report: Report
}

/** A take-over must not take longer, however slow the machine. */
export const takeOverMs = 10_000
