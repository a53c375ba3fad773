import { setTimeout as delay } from "node:timers/promises"
import {
  AlertsLog,
  Connection,
  DetectorState,
  type LogsReader,
  layerAlertsLog,
  layerDetectorState,
  layerLogsReader,
  layerWindowsLog,
  readReplication,
  type StoreError,
  type VersionedLog,
  WindowsLog
} from "@chaussettes/jetstream"
import { Effect, Layer, ManagedRuntime, Stream } from "effect"

type Ports = WindowsLog | AlertsLog | LogsReader | DetectorState | Connection

/** Looks at the streams from outside, past every fault that is made. */
export class Observer {
  readonly #runtime: ManagedRuntime.ManagedRuntime<Ports, unknown>

  constructor(servers: ReadonlyArray<string>) {
    const ports = Layer.mergeAll(layerWindowsLog, layerAlertsLog, layerLogsReader, layerDetectorState)
    const connection = Connection.layer({ servers, name: "chaos" }, { waitMs: 30_000 })
    this.#runtime = ManagedRuntime.make(ports.pipe(Layer.provideMerge(connection)))
  }

  /** The process that leads; undefined where none does or nobody answers. */
  async leader(): Promise<number | undefined> {
    const lease = await this.#ask(Effect.flatMap(DetectorState, (state) => state.readLease))
    const pid = Number(lease?.holder.split("/")[1])
    return Number.isNaN(pid) || lease?.holder === "" ? undefined : pid
  }

  /** Which server of `startCluster` leads a stream; undefined while none does. */
  async streamLeader(stream: string): Promise<number | undefined> {
    const streams = await this.#ask(readReplication)
    const leader = streams?.find(({ name }) => name === stream)?.leader ?? undefined
    return leader === undefined ? undefined : Number(leader.slice(1))
  }

  /** Whether every stream has a leader, and all of its copies are complete. */
  async copiesAreComplete(): Promise<boolean> {
    const streams = (await this.#ask(readReplication)) ?? []
    return (
      streams.length > 0 && streams.every(({ leader, followers }) => leader !== null && followers.every(isComplete))
    )
  }

  windowsSeq(): Promise<number | undefined> {
    return this.#ask(Effect.flatMap(WindowsLog, (log) => log.lastSeq))
  }

  windows(): Promise<ReadonlyArray<string>> {
    return this.#all(WindowsLog)
  }

  alerts(): Promise<ReadonlyArray<string>> {
    return this.#all(AlertsLog)
  }

  close(): Promise<void> {
    return this.#runtime.dispose()
  }

  #ask<A>(effect: Effect.Effect<A, StoreError, Ports>): Promise<A | undefined> {
    return this.#runtime.runPromise(Effect.orElseSucceed(effect, () => undefined))
  }

  #all(log: typeof WindowsLog | typeof AlertsLog): Promise<ReadonlyArray<string>> {
    return this.#runtime.runPromise(
      Effect.gen(function* () {
        const stream: VersionedLog = yield* log
        return (yield* stream.readFrom(1).pipe(Stream.runCollect)).map(({ data }) => data)
      })
    )
  }
}

const isComplete = ({ current, offline, lag }: { current: boolean; offline: boolean; lag: number }): boolean =>
  current && !offline && lag === 0

/** Waits for a condition, not for a time; answers how long it took, or undefined where it did not come true by then. */
export const eventually = async (limitMs: number, condition: () => Promise<boolean> | boolean) => {
  const startedMs = performance.now()
  for (;;) {
    if (await condition()) return performance.now() - startedMs
    if (performance.now() - startedMs > limitMs) return undefined
    await delay(20)
  }
}
