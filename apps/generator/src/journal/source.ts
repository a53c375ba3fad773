import type { LogsAppender, LogsReader } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { failed, onlyShip, type UserFailure } from "@chaussettes/service"
import { Effect, type Scope } from "effect"
import type { Rewrite } from "../lines/rewrite.ts"
import { say } from "../say.ts"
import { shipLimits } from "../ship/limits.ts"
import { Wake } from "../ship/wake.ts"
import { type Last, makeSourceWriter, type PlaceMoved, type SourceEvents } from "../ship/writer.ts"
import { HeldLines } from "./batch.ts"
import { type Entry, type JournalPlace, journalHeaders, journalPlaceIn } from "./entry.ts"
import { followJournal, newestEntry } from "./journalctl.ts"
import { journalLimits } from "./limits.ts"

export interface JournalOptions {
  readonly source: string
  readonly units: ReadonlyArray<string>
  readonly from: "start" | "end" | undefined
  readonly rewrites: ReadonlyArray<Rewrite>
}

/**
 * Sends the lines of a journal until it is interrupted. As with files, where to go on stands in the source's newest message in LOGS, and
 * each message is only stored behind the one that its writer knows: killed at any moment, no line is lost and none is sent twice.
 */
export const shipJournal = (
  options: JournalOptions,
  events: SourceEvents
): Effect.Effect<never, UserFailure, LogsReader | LogsAppender> =>
  Effect.gen(function* () {
    yield* onlyShip(options.source, () => ({ source: options.source, pid: process.pid, files: [] }))
    const life: Effect.Effect<never, UserFailure, LogsReader | LogsAppender> = Effect.scoped(
      journalLife(options, events)
    ).pipe(Effect.catchTag("PlaceMoved", () => life))
    return yield* life
  }).pipe(Effect.scoped)

const journalLife = (
  options: JournalOptions,
  events: SourceEvents
): Effect.Effect<never, UserFailure | PlaceMoved, Scope.Scope | LogsReader | LogsAppender> =>
  Effect.gen(function* () {
    const { source, units } = options
    const writer = yield* makeSourceWriter(source, events)
    const known = yield* placeOf(options, writer.start)
    let sent = known
    let sentMs = performance.now()
    const append = (payload: Uint8Array, place: JournalPlace): Effect.Effect<void, UserFailure | PlaceMoved> =>
      Effect.gen(function* () {
        yield* writer.append(
          options.rewrites.reduce((lines, rewrite) => rewrite(lines), payload),
          journalHeaders(place)
        )
        sent = place
        sentMs = performance.now()
      })
    if (known === undefined && options.from === "end") {
      const newest = yield* newestEntry(units)
      // That old entries are passed over is kept at once, not with the first new line.
      if (newest !== undefined) yield* append(new Uint8Array(0), { cursor: newest.cursor, lines: newest.lines.length })
    }

    const held = new HeldLines()
    const arrived = new Wake()
    const room = new Wake()
    let read = sent
    let isFirst = true
    const take = async (entry: Entry | undefined): Promise<void> => {
      if (entry === undefined) {
        await Effect.runPromise(
          say(`${source}: an entry of more than ${journalLimits.bytesARow / 2 ** 20} MiB is skipped.`)
        )
        return
      }
      const isKnown = entry.cursor === read?.cursor
      if (isFirst && read !== undefined && !isKnown) await Effect.runPromise(say(goneText(source)))
      isFirst = false
      held.add(entry, isKnown ? read!.lines : 0, performance.now())
      read = { cursor: entry.cursor, lines: entry.lines.length }
      if (!held.isEmpty) arrived.set()
      while (held.isFull) await Effect.runPromise(room.wait(shipLimits.retryMs))
    }
    const reading = Effect.gen(function* () {
      isFirst = true
      const why = yield* followJournal({ units, cursor: read?.cursor }, take)
      yield* say(`${source}: journalctl ended ${why}. Restarting it.`)
      yield* Effect.sleep(shipLimits.refusedRetryMs)
    })

    yield* say(followingText(source, units, known !== undefined))
    const step = Effect.gen(function* () {
      const nowMs = performance.now()
      if (held.isEmpty && sent !== undefined && nowMs - sentMs > shipLimits.repeatMs) {
        yield* append(new Uint8Array(0), sent)
      }
      const leftMs = held.sinceMs === undefined ? shipLimits.watchedScanMs : held.sinceMs + shipLimits.gatherMs - nowMs
      if (!held.hasMessage && leftMs > 0) return yield* arrived.wait(leftMs)
      const batch = held.peek()
      if (batch === undefined) return
      yield* append(batch.payload, batch.place)
      held.drop(batch.lines, performance.now())
      room.set()
      yield* events.sent(batch.lines, batch.payload.length)
    })
    return yield* Effect.raceFirst(Effect.forever(step), Effect.forever(reading))
  })

/** What LOGS says of the journal; undefined where it says nothing of it. */
const placeOf = (
  { source, from }: JournalOptions,
  start: Last | undefined
): Effect.Effect<JournalPlace | undefined, UserFailure> => {
  const place = start && journalPlaceIn(start.headers)
  if (place !== undefined) return Effect.succeed(place)
  if (start === undefined || from !== undefined) return Effect.succeed(undefined)
  return Effect.fail(
    failed(
      `The last message of logs.${source} was not written by ship --journald, so ship cannot tell where to resume. Give the journal its own source with --source, or choose where to begin with --from start or --from end.`
    )
  )
}

const followingText = (source: string, units: ReadonlyArray<string>, goesOn: boolean): string =>
  `${source}: following the journal${units.length === 0 ? "" : ` of ${units.join(", ")}`}${goesOn ? `, from where ${logsStream} ends` : ""}.`

const goneText = (source: string): string =>
  `${source}: the last entry that was sent is no longer among those selected: the journal has deleted it, or --unit has changed. Entries that the journal deleted before they were read are not sent.`
