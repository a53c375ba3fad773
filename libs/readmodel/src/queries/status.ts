import { DetectorState, detectorConsumer, LogsReader, RulesStore, ThresholdsStore } from "@chaussettes/jetstream"
import { Clock, Effect, Fiber } from "effect"
import type { IncidentView } from "../incidents/incident-view.ts"
import type { Waiting } from "../status/catching-up.ts"
import { type Status, type StatusInput, statusOf } from "../status/status.ts"
import { type ActsRead, readActsOn } from "./acts.ts"
import { incidentsIn, readTails, type Tails } from "./tails.ts"

/** What stands in the bucket of the rules; a server that has none yet is none that cannot be used. */
export const standingRules = Effect.flatMap(RulesStore, (store) => Effect.orElseSucceed(store.current, () => []))

/** What only helps is not waited for longer. */
const strayWaitMs = 2_000

/** Keys that nothing reads in the buckets that people write to; who may not ask for them sees none. */
export const strayKeys = Effect.gen(function* () {
  const stores = { seuils: yield* ThresholdsStore, rules: yield* RulesStore }
  const found = yield* Effect.forEach(
    ["seuils", "rules"] as const,
    (bucket) =>
      Effect.map(
        Effect.orElseSucceed(Effect.timeout(stores[bucket].unknownKeys, strayWaitMs), () => []),
        (keys) => keys.map((key) => ({ bucket, key }))
      ),
    { concurrency: 2 }
  )
  return found.flat()
})

/** What only those who have credentials may see: how far the detector is, and how it does. */
const readParts = Effect.gen(function* () {
  const detector = yield* DetectorState
  const reader = yield* LogsReader
  // First, so that who may not see LOGS asks for nothing more: each refusal is a line in the server's log.
  const logs = yield* reader.state
  // Answers are waited for while the rest is read.
  const answering = yield* Effect.forkChild(detector.askReady)
  const checkpoint = yield* detector.readCheckpoint
  const lease = yield* detector.readLease
  const rules = yield* standingRules
  const unknownKeys = yield* strayKeys
  return {
    waiting: (yield* reader.waiting(detectorConsumer)) ?? null,
    tally: (yield* detector.readTally) ?? null,
    logs,
    checkpoint: checkpoint._tag === "Found" ? checkpoint.checkpoint : null,
    lease: lease ?? null,
    answers: yield* Fiber.join(answering),
    rules,
    unknownKeys
  }
})

type Parts = Pick<
  StatusInput,
  "waiting" | "tally" | "logs" | "checkpoint" | "lease" | "answers" | "rules" | "unknownKeys"
>

const unseen: Parts = {
  waiting: null,
  tally: null,
  logs: null,
  checkpoint: null,
  lease: null,
  answers: [],
  rules: [],
  unknownKeys: []
}

const statusWith = (parts: Parts, tails: Tails, said: ActsRead | null, waitedBefore: Waiting | null) =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const incidents = incidentsIn(tails, said?.acts, nowMs)
    const status = statusOf({
      ...parts,
      waitedBefore,
      nowMs,
      unreachable: null,
      thresholds: yield* (yield* ThresholdsStore).current,
      recent: tails.windows.map(({ record }) => record),
      oldestMs: tails.oldestMs,
      incidents,
      maintenanceUntilMs: said?.acts.maintenanceUntil(nowMs) ?? null
    })
    return { status, incidents }
  })

/** The state of all parts, read once: what the page's feed holds all the time. */
export const readStatus = Effect.gen(function* () {
  const parts = yield* readParts
  return (yield* statusWith(parts, yield* readTails(), yield* readActsOn(undefined), null)).status
})

/** How far looks at how many wait lie apart. */
const waitedMs = 10_000

/** A status with the windows and alerts that it is made of. */
export interface Look {
  readonly status: Status
  readonly tails: Tails
  /** Of the tails, with what people said of them where it may be known. */
  readonly incidents: ReadonlyArray<IncidentView>
  /** Null where it may not. */
  readonly said: ActsRead | null
  /** How many messages waited at one or two looks before, the older one first: by what they became since it is known how long the rest takes. */
  readonly waited: ReadonlyArray<Waiting>
  /** Without credentials only what everybody may see is there: windows, alerts and thresholds. */
  readonly isPublic: boolean
}

/**
 * Looks again: what the look before has read of WINDOWS and ALERTS is not read again. A client without credentials is refused once, at its first
 * look, and then asks for nothing more that it may not see, since each refusal is a line in the server's log.
 */
export const readLook = Effect.fn("readLook")(function* (before?: Look) {
  const parts = before?.isPublic
    ? undefined
    : yield* readParts.pipe(
        Effect.catchTag("Refused", (refused) =>
          before === undefined ? Effect.succeed(undefined) : Effect.fail(refused)
        )
      )
  const tails = yield* readTails(before?.tails)
  const said: ActsRead | null = parts === undefined ? null : yield* readActsOn(before?.said)
  const { status, incidents } = yield* statusWith(parts ?? unseen, tails, said, before?.waited[0] ?? null)
  const { atMs, lagMessages: messages } = status
  const waited = before?.waited ?? []
  const isDue = messages !== null && (waited.at(-1)?.atMs ?? 0) <= atMs - waitedMs
  return {
    status,
    tails,
    incidents,
    said,
    waited: isDue ? [...waited.slice(-1), { atMs, messages }] : waited,
    isPublic: parts === undefined
  } satisfies Look as Look
})
