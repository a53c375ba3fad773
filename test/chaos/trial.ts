import type { RunningCluster, RunningServer, TcpProxy } from "@chaussettes/jetstream/testing"
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
  /** The trial must be over by then. */
  readonly longestMs: number
}

export const sizes: { readonly [name: string]: Size } = {
  ci: { lines: 200_000, detectorKills: 100, serverKills: 10, rounds: 3, longestMs: 240_000 },
  full: { lines: 2_000_000, detectorKills: 1_000, serverKills: 100, rounds: 20, longestMs: 2_400_000 },
  "cluster-ci": { lines: 60_000, detectorKills: 5, serverKills: 0, rounds: 1, longestMs: 300_000 },
  "cluster-full": { lines: 600_000, detectorKills: 50, serverKills: 0, rounds: 12, longestMs: 3_600_000 }
}

/** What a phase works with. */
export interface Trial {
  /** The built command. */
  readonly program: string
  readonly size: Size
  readonly random: Random
  /** All addresses of it, with commas between them. */
  readonly server: { readonly url: string }
  readonly detectors: Detectors
  readonly feeder: Feeder
  readonly observer: Observer
  readonly report: Report
}

/** On a server by itself. */
export interface SingleTrial extends Trial {
  readonly server: RunningServer
  readonly proxy: TcpProxy
}

/** On three servers, each of which reaches the others through proxies. */
export interface ClusterTrial extends Trial {
  readonly cluster: RunningCluster
}

/** A part of the trial, during which the replay goes on from one share of the file to another. */
export type Phase<T extends Trial = Trial> = (trial: T, fromShare: number, toShare: number) => Promise<void>

/** A take-over must not take longer, however slow the machine. */
export const takeOverMs = 10_000
