import type { ClockFault, DetectionSettings, Tally } from "@chaussettes/domain"
import { type StoreError, type Unreadable, Windows } from "@chaussettes/jetstream"
import { Data, Effect } from "effect"

/** A source whose offset is measured has another one than its lines are read with. */
export class OffTheClock extends Data.TaggedError("OffTheClock")<{
  readonly source: string
  readonly fault: ClockFault
  /** What has to be added to the times of its lines. */
  readonly offsetMs: number
}> {}

/** Fails where a source whose offset is measured is off the clock. */
export const offTheClock = (tally: Tally, measured: ReadonlyArray<string>): Effect.Effect<void, OffTheClock> => {
  const off = tally.sources.find(({ name, clock }) => clock !== null && measured.includes(name))
  if (off === undefined || off.clock === null) return Effect.void
  const offsetMs = off.offset_ms - off.clock.ahead_ms
  return Effect.fail(new OffTheClock({ source: off.name, fault: off.clock, offsetMs }))
}

/** The offsets that were measured by an earlier detector: they stand in the rules of the newest record. */
const measuredBefore = (
  measured: ReadonlyArray<string>
): Effect.Effect<DetectionSettings["sourceOffsets"], StoreError | Unreadable, Windows> =>
  Effect.gen(function* () {
    if (measured.length === 0) return {}
    const newest = yield* (yield* Windows).latest
    const offsets = newest?.record.rules.source_offsets ?? {}
    return Object.fromEntries(Object.entries(offsets).filter(([source]) => measured.includes(source)))
  })

/**
 * The settings with the offsets of the sources for which they are measured: those of the newest record, under what this detector has found since.
 */
export const withMeasured = (
  settings: DetectionSettings,
  measured: ReadonlyArray<string>,
  found: DetectionSettings["sourceOffsets"]
): Effect.Effect<DetectionSettings, StoreError | Unreadable, Windows> =>
  Effect.map(measuredBefore(measured), (before) => ({
    ...settings,
    sourceOffsets: { ...before, ...settings.sourceOffsets, ...found }
  }))
