import type { Checkpoint, Tally } from "@chaussettes/domain"
import {
  DetectorState,
  detectorConsumer,
  type LeaseState,
  LogsReader,
  type LogsState,
  type RuleEntry,
  RulesStore,
  type StoreError,
  type ThresholdEntry,
  ThresholdsStore,
  Unavailable,
  type Unready
} from "@chaussettes/jetstream"
import type { StatusInput, UnknownKey, Waiting } from "@chaussettes/readmodel"
import { standingRules, strayKeys } from "@chaussettes/readmodel/queries"
import { Health, sayWaiting } from "@chaussettes/service"
import { Clock, Effect, Schedule, Stream } from "effect"

/** Over how long it is measured how fast waiting messages are read. */
const rateMs = 5_000

/** How all parts stand at a moment, as far as it is no stream that tells. */
interface Standing {
  readonly at: (
    nowMs: number
  ) => Omit<StatusInput, "nowMs" | "recent" | "oldestMs" | "incidents" | "maintenanceUntilMs">
  readonly thresholds: () => ReadonlyArray<ThresholdEntry>
}

/**
 * Asks again and again how far the detector is and how it does, and follows the thresholds, for as long as the scope lives. What viewers should hear of
 * at once is told with `onChange`.
 */
export const standing = Effect.fn("standing")(function* (onChange: () => void) {
  const logs = yield* LogsReader
  const thresholdsStore = yield* ThresholdsStore
  const rulesStore = yield* RulesStore
  const detector = yield* DetectorState
  const health = yield* Health

  const thresholds = new Map<string, ThresholdEntry>()
  let logsState: LogsState | null = null
  let checkpoint: Checkpoint | null = null
  let lease: LeaseState | null = null
  let answers: ReadonlyArray<Unready> = []
  let waiting: number | null = null
  /** Two looks at how many wait: the last one, and one that is `rateMs` to twice that old, by which it is known how fast they are read. */
  let looks: ReadonlyArray<Waiting> = []
  let tally: Tally | null = null
  let rules: ReadonlyArray<RuleEntry> = []
  let unknownKeys: ReadonlyArray<UnknownKey> = []
  let unreachable: { readonly sinceMs: number; readonly why: string } | null = null

  const say = sayWaiting()
  const poll = Effect.gen(function* () {
    const [state, read, held, unread, said, ruled, stray] = yield* Effect.all(
      [
        logs.state,
        detector.readCheckpoint,
        detector.readLease,
        logs.waiting(detectorConsumer),
        detector.readTally,
        Effect.provideService(standingRules, RulesStore, rulesStore),
        strayKeys.pipe(
          Effect.provideService(RulesStore, rulesStore),
          Effect.provideService(ThresholdsStore, thresholdsStore)
        )
      ],
      { concurrency: 7 }
    )
    const revisions = (entries: ReadonlyArray<RuleEntry>) => entries.map(({ revision }) => revision).join()
    const names = (keys: ReadonlyArray<UnknownKey>) => keys.map(({ bucket, key }) => `${bucket}.${key}`).join()
    if (revisions(ruled) !== revisions(rules) || names(stray) !== names(unknownKeys)) onChange()
    rules = ruled
    unknownKeys = stray
    logsState = state
    checkpoint = read._tag === "Found" ? read.checkpoint : null
    lease = held ?? null
    waiting = unread ?? null
    const atMs = yield* Clock.currentTimeMillis
    looks = [
      ...looks.filter((look) => look.atMs > atMs - 2 * rateMs),
      ...(waiting === null ? [] : [{ atMs, messages: waiting }])
    ]
    tally = said ?? null
    if (unreachable !== null) onChange()
    unreachable = null
    yield* health.ready("nats")
  }).pipe(
    Effect.timeoutOrElse({
      duration: "5 seconds",
      orElse: () => Effect.fail({ why: "it does not answer" })
    }),
    Effect.catch((error: StoreError | { readonly why: string }) =>
      Effect.gen(function* () {
        if (unreachable === null) {
          unreachable = { sinceMs: yield* Clock.currentTimeMillis, why: error.why }
          onChange()
        }
        yield* say(new Unavailable({ what: "the state of the streams", why: error.why }))
        yield* health.notReady("nats", error.why)
      })
    )
  )

  const listen = Effect.gen(function* () {
    const said = yield* detector.askReady
    if (JSON.stringify(said) !== JSON.stringify(answers)) onChange()
    answers = said
  })

  const thresholdChanges = Stream.runForEach(thresholdsStore.changes, (entry) =>
    Effect.sync(() => {
      thresholds.set(entry.key, entry)
      onChange()
    })
  )

  yield* Effect.forkScoped(Effect.repeat(poll, Schedule.spaced("1 second")))
  yield* Effect.forkScoped(Effect.repeat(listen, Schedule.spaced("2 seconds")))
  return {
    state: {
      at: (nowMs) => ({
        logs: logsState,
        unreachable,
        checkpoint,
        waiting,
        waitedBefore: looks.findLast(({ atMs }) => atMs <= nowMs - rateMs) ?? null,
        tally,
        lease,
        answers,
        thresholds: [...thresholds.values()],
        rules,
        unknownKeys
      }),
      thresholds: () => [...thresholds.values()]
    } satisfies Standing as Standing,
    /** Fails where the bucket cannot be followed: whoever opens tries again. */
    thresholdChanges
  }
})
