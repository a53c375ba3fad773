import { Acts, Incidents, type StoreError, type Unreadable } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

/** What ACTS comes to. None of it is a failure of the detection: acts decide nothing. */
export interface ActsFound {
  readonly readable: number
  /** Messages that are no act, or one of a later version. */
  readonly unreadable: number
  /** Incidents that acts name, and those of them that INCIDENTS does not hold. */
  readonly incidents: number
  readonly unknownIncidents: ReadonlyArray<string>
}

/** So many incidents are looked for; acts that name further ones are counted as readable alone. */
const mostIncidents = 100_000

/** Reads all of ACTS, and looks in INCIDENTS for what it names. */
export const auditActs: Effect.Effect<ActsFound, StoreError | Unreadable, Acts | Incidents> = Effect.gen(function* () {
  const acts = yield* Acts
  const named = new Set<string>()
  const counts = { readable: 0, unreadable: 0 }
  const stranger = () => Effect.sync(() => void counts.unreadable++)
  yield* acts
    .telling(stranger)
    .read(1)
    .pipe(
      Stream.runForEach(({ act }) =>
        Effect.sync(() => {
          counts.readable++
          if (act.incident !== undefined && named.size < mostIncidents) named.add(act.incident)
        })
      ),
      // What a later version has said is not this one's to read, nor what is behind it.
      Effect.catchTag("Unreadable", ({ seq }) =>
        Effect.map(acts.lastSeq, (lastSeq) => {
          counts.unreadable += lastSeq - seq + 1
        })
      )
    )
  const unknown = new Set(named)
  if (named.size > 0) {
    yield* (yield* Incidents)
      .read(1, { unchecked: true })
      .pipe(Stream.runForEach(({ event }) => Effect.sync(() => void unknown.delete(event.id))))
  }
  return { ...counts, incidents: named.size, unknownIncidents: [...unknown] }
})
