import {
  type Checkpoint,
  firstModelInForce,
  type IncidentEvent,
  type IncidentModelInForce,
  incidentEventKey,
  type KnownRecord,
  parseRfc3339,
  readIncidentModel
} from "@chaussettes/domain"
import { Incidents, IncidentsStore, type StoreError, type Unreadable } from "@chaussettes/jetstream"
import { incidentsBucket, incidentsStream } from "@chaussettes/jetstream/topology"
import { Effect, Stream } from "effect"
import type { FoldIncidents } from "../fold/fold.ts"
import { unpackIncidents } from "../fold/packed-incidents.ts"

/** Where the incidents of a life begin. */
export interface RecoveredIncidents {
  readonly fold: Omit<FoldIncidents, "inForce">
  /** The last sequence of INCIDENTS. */
  readonly seq: number
  /** Events that stand in INCIDENTS already and may be derived again. */
  readonly storedEvents: ReadonlySet<string>
  readonly notices: ReadonlyArray<string>
}

/**
 * What was known of incidents stands in the checkpoint, and the records behind it decide again. Without a checkpoint the records do that from one on
 * that begins; where none of those that are known does, nothing is known, and the next record begins.
 *
 * @param seq the last sequence of INCIDENTS, looked at before any record was
 */
export const recoverIncidents = (
  checkpoint: Checkpoint | undefined,
  known: ReadonlyArray<KnownRecord>,
  windowMs: number,
  seq: number
): Effect.Effect<RecoveredIncidents, StoreError | Unreadable, Incidents | IncidentsStore> =>
  Effect.gen(function* () {
    const incidents = yield* Incidents
    const notices: Array<string> = []
    const deciding = known.filter(({ record, isSettled }) => record.revision === undefined && !isSettled)
    const packed = checkpoint?.incidents
    let stored = packed === undefined ? undefined : unpackIncidents(packed)
    const digests = new Set(deciding.flatMap(({ record }) => record.incidents?.model.digest ?? []))
    if (stored !== undefined) digests.add(stored.digest)
    const models = yield* modelsOf(digests, windowMs)
    if (packed !== undefined && !models.some(({ digest }) => digest === stored?.digest)) {
      notices.push(
        `What the checkpoint says of incidents cannot be used: the model that they were judged by is no longer in the bucket ${incidentsBucket}. Incidents begin again with the next window.`
      )
      stored = undefined
    }
    const first = deciding.find(({ record }) => record.incidents?.begins)
    const beginsMs = first === undefined ? undefined : parseRfc3339(first.record.end)!
    if (stored !== undefined) {
      const { keys, assumed } = yield* eventsFrom(incidents, (checkpoint?.incidents_seq ?? 0) + 1)
      return { fold: { models, stored, open: [], assumed }, seq, storedEvents: keys, notices }
    }
    const open = yield* openBefore(incidents, beginsMs ?? Number.POSITIVE_INFINITY)
    const from = beginsMs === undefined ? undefined : yield* incidents.firstFrom(beginsMs - 1)
    const { keys, assumed } = yield* eventsFrom(incidents, from?.seq)
    if (first === undefined && open.length > 0) {
      notices.push(
        `Nothing is known of the incidents that ${incidentsStream} holds as open: they are closed with the next window, and what goes on opens again.`
      )
    }
    return { fold: { models, stored, open, assumed }, seq, storedEvents: keys, notices }
  })

const modelsOf = (
  digests: ReadonlySet<string>,
  windowMs: number
): Effect.Effect<ReadonlyArray<IncidentModelInForce>, StoreError, IncidentsStore> =>
  Effect.gen(function* () {
    const first = firstModelInForce(windowMs)
    if ([...digests].every((digest) => digest === first.digest)) return [first]
    const history = yield* (yield* IncidentsStore).history("model")
    const found = history.flatMap(({ text, revision }) => {
      const read = readIncidentModel(text, revision, windowMs)
      return read.ok && digests.has(read.value.digest) ? [read.value] : []
    })
    return [first, ...found]
  })

/** The events from a sequence on, by their keys, and the silences among them that were told before their windows could be decided. */
const eventsFrom = ({ read }: Incidents["Service"], fromSeq: number | undefined) =>
  Effect.gen(function* () {
    const keys = new Set<string>()
    const assumed: Array<IncidentEvent> = []
    if (fromSeq === undefined) return { keys, assumed }
    yield* Stream.runForEach(read(fromSeq), ({ event }) =>
      Effect.sync(() => {
        keys.add(incidentEventKey(event))
        if (event.silent_from !== undefined) assumed.push(event)
      })
    )
    return { keys, assumed }
  })

/** The incidents that are open by what INCIDENTS says of the time before: the last event of each. */
const openBefore = ({ read, bounds }: Incidents["Service"], beforeMs: number) =>
  Effect.gen(function* () {
    const open = new Map<string, IncidentEvent>()
    yield* Stream.runForEach(read((yield* bounds).firstSeq), ({ event }) =>
      Effect.sync(() => {
        if (parseRfc3339(event.silent_from ?? event.timestamp)! >= beforeMs) return
        if (event.type === "closed") open.delete(event.id)
        else open.set(event.id, event)
      })
    )
    return [...open.values()]
  })
