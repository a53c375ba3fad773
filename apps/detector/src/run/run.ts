import {
  type Checkpoint,
  checkpointSchema,
  type DetectionSettings,
  type IncidentModelInForce,
  memoryOfBatch,
  type Tally,
  type ThresholdsInForce,
  talliedThrough
} from "@chaussettes/domain"
import {
  type Alerts,
  type AlertsLog,
  DetectorState,
  detectorConsumer,
  type Incidents,
  type IncidentsLog,
  type IncidentsStore,
  LogsReader,
  type RejectsLog,
  type StoreError,
  type Unreadable,
  type Windows,
  type WindowsLog
} from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import type { OffloadFailed } from "@chaussettes/service/offload"
import type { RulesChanged } from "@chaussettes/service/rules-in-force"
import {
  type Cause,
  Clock,
  Effect,
  Option,
  Queue,
  Ref,
  Schedule,
  type Scope,
  Semaphore,
  Stream,
  SubscriptionRef
} from "effect"
import type { FoldOutput } from "../fold/fold.ts"
import { type Fold, Folds } from "../fold/folds.ts"
import { commit, type Overtaken, outputsWaiting, type Stored } from "./commit.ts"
import { type Recovered, recover } from "./recovery.ts"
import { type OffTheClock, offTheClock } from "./source-offsets.ts"
import { tallies, tallyBefore } from "./tallies.ts"
import type { Watch } from "./watch.ts"

export interface RunOptions {
  readonly settings: DetectionSettings
  /** The lease's generation: it stands in the header of all that this life writes. */
  readonly epoch: number
  readonly thresholds: SubscriptionRef.SubscriptionRef<ThresholdsInForce>
  /** What incidents are judged by. */
  readonly incidentModel: SubscriptionRef.SubscriptionRef<IncidentModelInForce>
  /** Sources whose offsets are measured: one that is off the clock ends the life, and the next one begins with its times set right. */
  readonly measuredSources?: ReadonlyArray<string>
  /** Decide all that LOGS held at the start, then end; otherwise go on for ever. */
  readonly untilCaughtUp: boolean
  readonly watch: Watch
}

const silenceEvery = "1 second"
const checkpointEvery = "500 millis"
const tallyEvery = "1 second"

export type RunError = StoreError | Unreadable | OffloadFailed | Overtaken | OffTheClock | RulesChanged
export type RunServices =
  | LogsReader
  | WindowsLog
  | AlertsLog
  | IncidentsLog
  | Windows
  | Alerts
  | Incidents
  | IncidentsStore
  | RejectsLog
  | DetectorState
  | Folds

/**
 * One life of the detector: begins where the last one was, reads LOGS, folds, stores. Whatever goes wrong ends it, and the
 * next one finds out from what is stored where to go on; so there is one way to begin and none to patch things up in between.
 */
export const run = (options: RunOptions): Effect.Effect<void, RunError, RunServices | Scope.Scope> =>
  Effect.gen(function* () {
    const { settings, thresholds, incidentModel, watch } = options
    const recovered = yield* Effect.withSpan(recover(settings), "recover")
    yield* Effect.forEach(recovered.notices, watch.onNotice, { discard: true })
    const before = yield* tallyBefore
    const talliedThroughSeq = talliedThrough(before, recovered.logs)
    const fold = yield* (yield* Folds).open({
      settings,
      thresholds: yield* SubscriptionRef.get(thresholds),
      start: { ...recovered.start, ...(talliedThroughSeq === undefined ? {} : { talliedThroughSeq }) },
      incidents: { ...recovered.incidents.fold, inForce: yield* SubscriptionRef.get(incidentModel) },
      logsCreated: recovered.logs.created
    })
    const outputs = yield* Queue.bounded<FoldOutput, Cause.Done>(outputsWaiting)
    const stored = yield* Ref.make<Stored | undefined>(undefined)
    const tally = yield* Ref.make<Tally | undefined>(undefined)

    const say = (output: FoldOutput) =>
      Effect.gen(function* () {
        yield* watch.onOutput(output)
        const hasNews = output.decided > 0 || output.rejects.length > 0 || output.incidents.length > 0
        if (hasNews || output.position !== undefined) {
          yield* Queue.offer(outputs, output)
        }
        if (output.tally === undefined) return
        yield* Ref.set(tally, output.tally)
        yield* offTheClock(output.tally, options.measuredSources ?? [])
      })
    let isTooLarge = false
    const note = (now: Stored) =>
      Effect.gen(function* () {
        if (now.known === undefined) return
        if (now.known !== "too large") yield* Ref.set(stored, now)
        else if (!isTooLarge) yield* watch.onNotice(tooLarge)
        isTooLarge = now.known === "too large"
      })
    const committing = commit(outputs, {
      epoch: options.epoch,
      recovered,
      onWaiting: watch.onWaiting,
      onStored: (now, alerts) => Effect.andThen(note(now), watch.onAlerts(alerts, now.position.highestSeq))
    })

    yield* SubscriptionRef.changes(thresholds).pipe(
      Stream.runForEach((inForce) => fold.ask("setThresholds", inForce)),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* SubscriptionRef.changes(incidentModel).pipe(
      Stream.runForEach((inForce) => fold.ask("setIncidentModel", inForce)),
      Effect.forkScoped({ startImmediately: true })
    )
    const reading = read(options, recovered, fold, say).pipe(Effect.andThen(Queue.end(outputs)))
    const writeNewest = yield* checkpoints(recovered, stored, watch)
    const checkpointing = Effect.repeat(writeNewest, Schedule.spaced(checkpointEvery))
    const writeTally = yield* tallies(before, tally)
    const tallying = Effect.repeat(writeTally, Schedule.spaced(tallyEvery))
    yield* watch.onReady(recovered)
    yield* Effect.raceFirst(
      Effect.all([reading, committing], { concurrency: "unbounded", discard: true }),
      Effect.all([checkpointing, tallying, Effect.never], { concurrency: "unbounded", discard: true })
    )
    yield* writeNewest
    yield* writeTally
  })

/** All was read. */
interface Still {
  /** The log's clock then, and our own. */
  readonly clockMs: number
  readonly sinceNanos: bigint
  /** When the server answered last. Undefined once it was away: nobody could write, so nothing is said of a silence until the next line. */
  servedNanos: bigint | undefined
}

/** A server that answers nothing for so long is away. */
const awayNanos = 5_000_000_000n

type Answer = Effect.Effect<FoldOutput | undefined, OffloadFailed>

/** What a read came to; no output where nothing was there to fold. */
interface Step {
  readonly output: FoldOutput | undefined
  readonly caughtUp: boolean
}

/**
 * Reads LOGS into the fold, and lets silence pass while there is nothing to read: for ever, where reading ends only by a failure. Where it ends
 * by itself silence comes behind it; beside it, silence could be given up with something decided and not yet said.
 */
const read = (
  options: RunOptions,
  recovered: Recovered,
  fold: Fold,
  say: (output: FoldOutput) => Effect.Effect<void, OffTheClock>
) =>
  Effect.gen(function* () {
    const reader = yield* LogsReader
    const { ahead } = yield* Folds
    const { settings, untilCaughtUp } = options
    /** The log's clock when all was read, and our own at that moment; nothing while there is more to read, or to say. */
    let still: Still | undefined
    let clockMs = recovered.start.clockMs
    let highestSeq = 0

    let underWay = 0
    /** What is decided is said in the order in which it was decided. */
    const inOrder = Semaphore.withPermits(yield* Semaphore.make(1), 1)
    /** Nothing that is read comes between the look whether there is silence and asking for it: it would be decided first and said last. */
    const asking = Semaphore.withPermits(yield* Semaphore.make(1), 1)

    const reading = reader
      .read({
        fromSeq: recovered.fromSeq,
        durable: detectorConsumer,
        ...(untilCaughtUp ? { throughSeq: recovered.logs.lastSeq } : {})
      })
      .pipe(
        // One at a time, so that batches are asked for in the order of LOGS; several are awaited.
        Stream.mapEffect(({ batch, caughtUp }) =>
          Effect.suspend((): Effect.Effect<Answer, OffloadFailed> => {
            still = undefined
            underWay++
            return batch.messages === 0
              ? Effect.succeed(Effect.undefined)
              : fold.begin("ingest", batch, memoryOfBatch(batch))
          }).pipe(
            asking,
            Effect.map((answer) => ({ answer, caughtUp }))
          )
        ),
        Stream.mapEffect(
          ({ answer, caughtUp }): Effect.Effect<Step, OffloadFailed> =>
            Effect.map(answer, (output) => ({ output, caughtUp })),
          { concurrency: ahead }
        ),
        Stream.runForEach(({ output, caughtUp }) =>
          Effect.gen(function* () {
            if (output !== undefined) {
              clockMs = output.clockMs
              highestSeq = output.highestSeq
              yield* say(output)
            }
            underWay--
            const sinceNanos = yield* Clock.currentTimeNanos
            still = caughtUp && underWay === 0 ? { clockMs, sinceNanos, servedNanos: sinceNanos } : undefined
          }).pipe(inOrder)
        )
      )

    /** Whether anybody could have written, and nobody has. */
    const hears = (now: Still) =>
      Effect.gen(function* () {
        if (now.servedNanos === undefined) return false
        const logs = yield* Effect.option(Effect.timeout(reader.state, silenceEvery))
        if (Option.isNone(logs)) return false
        const servedNanos = yield* Clock.currentTimeNanos
        now.servedNanos = servedNanos - now.servedNanos > awayNanos ? undefined : servedNanos
        return now.servedNanos !== undefined && logs.value.lastSeq <= highestSeq
      })

    const silence = Effect.gen(function* () {
      if (still === undefined || still.clockMs === Number.NEGATIVE_INFINITY) return
      const now = still
      const isServed = yield* hears(now)
      const elapsedMs = Number((yield* Clock.currentTimeNanos) - now.sinceNanos) / 1e6
      const answer = yield* Effect.suspend(() =>
        // What came meanwhile is folded in already, and said behind this: then there is no silence.
        still === now ? fold.begin("silence", { clockMs: now.clockMs + elapsedMs, isServed }) : Effect.undefined
      ).pipe(asking)
      if (answer !== undefined) yield* say(yield* answer)
    }).pipe(inOrder, Effect.repeat(Schedule.spaced(silenceEvery)))

    yield* untilCaughtUp ? reading : Effect.raceFirst(reading, Effect.andThen(silence, Effect.never))
    if (untilCaughtUp) {
      const silentMs = clockMs + settings.idleMs + 1
      const output = yield* fold.ask("silence", { clockMs: silentMs, isServed: false })
      yield* say(output)
      // What is ahead of the clock waits for it.
      if (output.openWindows > 0)
        yield* say(yield* fold.ask("silence", { clockMs: silentMs + settings.maxAheadMs, isServed: false }))
    }
  })

const tooLarge = `More keys have evidence of incidents than a checkpoint has room for: until they are fewer, a restart reads ${logsStream} again from the last checkpoint. Nothing is lost by that.`

/** So many tries in a row fail before a word is said of it. */
const checkpointTries = 10

/** Writes the checkpoint where there is a newer one. A failure only costs work at the next start, and is told where it lasts. */
const checkpoints = (recovered: Recovered, stored: Ref.Ref<Stored | undefined>, watch: Watch) =>
  Effect.gen(function* () {
    const state = yield* DetectorState
    let failures = 0
    return Effect.gen(function* () {
      const now = yield* Ref.getAndSet(stored, undefined)
      if (now === undefined) return
      const written = yield* Effect.result(state.writeCheckpoint(checkpointOf(now, recovered.logs.created)))
      if (written._tag === "Success") {
        failures = 0
        return
      }
      yield* Ref.update(stored, (newer) => newer ?? now)
      if (++failures !== checkpointTries) return
      const { why } = written.failure
      yield* watch.onNotice(
        `The checkpoint cannot be written (${why}): after a restart the detector would read ${logsStream} again from the last checkpoint. Trying again.`
      )
    })
  })

const checkpointOf = (
  { position, windowsSeq, alertsSeq, incidentsSeq, known }: Stored,
  logsCreated: string
): Checkpoint => ({
  schema: checkpointSchema,
  resume_seq: position.resumeSeq,
  open_seq: position.openSeq,
  highest_seq: position.highestSeq,
  logs_created: logsCreated,
  decided_through_ms: Number.isFinite(position.decidedThroughMs) ? position.decidedThroughMs : null,
  clock_ms: position.clockMs,
  sources: position.sources.sources,
  stored_ms: position.sources.storedMs,
  ...(position.sources.graceMs === 0
    ? {}
    : { grace_ms: position.sources.graceMs, grace_until_ms: position.sources.graceUntilMs }),
  windows_seq: windowsSeq,
  alerts_seq: alertsSeq,
  incidents_seq: incidentsSeq,
  ...(known === undefined || known === "too large" || known.packed === undefined ? {} : { incidents: known.packed })
})
