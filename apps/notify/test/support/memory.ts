import { type Alert, alertSubject } from "@chaussettes/domain"
import { AlertsLog, NotifyPositions, WindowsLog } from "@chaussettes/jetstream"
import {
  layerAlertsLogMemory,
  layerNotifyPositionsMemory,
  layerWindowsLogMemory,
  MemoryServer
} from "@chaussettes/jetstream/memory"
import { Health } from "@chaussettes/service"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Batch } from "../../src/batch.ts"
import { follow } from "../../src/follow.ts"
import type { Policy } from "../../src/outbox.ts"
import { NotTaken } from "../../src/post.ts"
import type { Receiver } from "../../src/receiver.ts"
import { alertIn, type Failing, recordOf } from "./world.ts"

/* The notifier on a server in memory, by a clock that the test moves. */

export const memoryPorts = Layer.mergeAll(layerWindowsLogMemory, layerAlertsLogMemory, layerNotifyPositionsMemory).pipe(
  Layer.provideMerge(MemoryServer.layer),
  Layer.provideMerge(Health.layer())
)

/** Lets the virtual time pass, step by step, so that what waits for something else gets its turn. */
export const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < seconds * 2; i++) yield* TestClock.adjust("500 millis")
  })

/** A window as the detector writes it: the record, then its alerts. */
export const window = (n: number, ...failing: ReadonlyArray<Failing>) =>
  Effect.gen(function* () {
    const [windows, log] = [yield* WindowsLog, yield* AlertsLog]
    const alerts: ReadonlyArray<Alert> = failing.map((one) => alertIn(n, one))
    const record = { subject: "windows.decided", data: JSON.stringify(recordOf(n, alerts)), epoch: 1 }
    yield* windows.append([record], yield* windows.lastSeq)
    const entries = alerts.map((alert) => ({ subject: alertSubject(alert), data: JSON.stringify(alert), epoch: 1 }))
    if (entries.length > 0) yield* log.append(entries, yield* log.lastSeq)
  })

export interface Fake extends Receiver {
  /** What it was told, whether it took it or not, each by what happened to whom. */
  readonly heard: Array<ReadonlyArray<string>>
  readonly batches: Array<Batch>
  /** What it does with the next ones. */
  behave: (manner: "takes" | "refuses" | "hangs" | "takes and hangs") => void
}

export const fake = (name: string, policy: Policy): Fake => {
  const heard: Array<ReadonlyArray<string>> = []
  const batches: Array<Batch> = []
  let manner = "takes"
  return {
    kind: "slack",
    name,
    shown: "example",
    key: `slack.${name}`,
    policy,
    heard,
    batches,
    behave: (next) => {
      manner = next
    },
    tell: (batch) =>
      Effect.suspend(() => {
        if (manner === "hangs") return Effect.never
        if (manner === "refuses") return Effect.fail(new NotTaken({ kind: "busy", why: "it answers 503" }))
        heard.push(batch.changes.map(({ incident, state }) => `${incident.key ?? "all"} ${state}`))
        batches.push(batch)
        return manner === "takes" ? Effect.void : Effect.never
      }),
    test: Effect.void
  }
}

export const following = (receiver: Receiver) => Effect.forkScoped(follow(receiver, { quiet: 3, mostTold: 1_000 }))

export const position = (receiver: Receiver) =>
  Effect.map(
    Effect.flatMap(NotifyPositions, ({ read }) => read(receiver.key)),
    (text) => JSON.parse(text ?? "{}") as { windows_seq?: number; sealed_seq?: number; waiting_since?: number }
  )
