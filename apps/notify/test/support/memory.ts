import type { Act } from "@chaussettes/domain"
import { NotifyPositions, sayAct } from "@chaussettes/jetstream"
import {
  layerActsLogMemory,
  layerAlertsLogMemory,
  layerIncidentsLogMemory,
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
import type { ReceiverPosition } from "../../src/position.ts"
import { NotTaken } from "../../src/post.ts"
import type { Receiver } from "../../src/receiver.ts"
import type { Happened } from "./events.ts"
import { writeWindow } from "./world.ts"

/* The notifier on a server in memory, by a clock that the test moves. */

export const memoryPorts = Layer.mergeAll(
  layerWindowsLogMemory,
  layerAlertsLogMemory,
  layerIncidentsLogMemory,
  layerActsLogMemory,
  layerNotifyPositionsMemory
).pipe(Layer.provideMerge(MemoryServer.layer), Layer.provideMerge(Health.layer()))

/** Lets the virtual time pass, step by step, so that what waits for something else gets its turn. */
export const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < seconds * 2; i++) yield* TestClock.adjust("500 millis")
  })

export const window = (n: number, ...happened: ReadonlyArray<Happened>) => writeWindow(n, happened)
export const act = (said: Act) => sayAct(said)

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
        heard.push(batch.changes.map(({ event, state }) => `${event.cause.key?.replace(/^\//, "") ?? "all"} ${state}`))
        batches.push(batch)
        return manner === "takes" ? Effect.void : Effect.never
      }),
    test: Effect.void
  }
}

export const following = (receiver: Receiver, least: "LOW" | "MEDIUM" | "HIGH" = "MEDIUM") =>
  Effect.forkScoped(follow(receiver, { least }))

export const position = (receiver: Receiver) =>
  Effect.map(
    Effect.flatMap(NotifyPositions, ({ read }) => read(receiver.key)),
    (text) => JSON.parse(text ?? "{}") as Partial<ReceiverPosition>
  )
