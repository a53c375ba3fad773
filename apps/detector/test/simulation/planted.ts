import {
  AlertsLog,
  DetectorState,
  Incidents,
  IncidentsLog,
  LogsReader,
  typedWindows,
  type VersionedLog,
  Windows,
  WindowsLog
} from "@chaussettes/jetstream"
import { Context, Effect, Stream } from "effect"
import { packIncidents, unpackIncidents } from "../../src/fold/packed-incidents.ts"
import type { Plant } from "./world.ts"

/*
 * Faults that a detector of this kind could have, each planted between it and its ports. The simulation must find every one of them:
 * they are the test of the test. Each factory is called once a schedule, so what it remembers lives as long as the server does.
 */

const withWindows =
  (change: (log: VersionedLog) => Partial<VersionedLog>): Plant =>
  (ports) => {
    const log = Context.get(ports, WindowsLog)
    const changed = { ...log, ...change(log) }
    return ports.pipe(Context.add(WindowsLog, changed), Context.add(Windows, typedWindows(changed)))
  }

/** The checkpoint is written before the alerts are: they are called stored as soon as they are sent. */
const checkpointBeforeAlerts = (): Plant => (ports) => {
  const log = Context.get(ports, AlertsLog)
  return Context.add(ports, AlertsLog, {
    ...log,
    append: (entries, expectedLastSeq) =>
      Effect.sleep("700 millis").pipe(
        Effect.andThen(Effect.exit(log.append(entries, expectedLastSeq))),
        Effect.forkDetach,
        Effect.as(expectedLastSeq + entries.length)
      )
  })
}

/** What is known of incidents is older than the checkpoint says: windows are judged again that it holds already. */
const staleIncidents = (): Plant => {
  let first: string | undefined
  return (ports) => {
    const state = Context.get(ports, DetectorState)
    return Context.add(ports, DetectorState, {
      ...state,
      writeCheckpoint: (checkpoint) => {
        first ??= checkpoint.incidents
        return state.writeCheckpoint(first === undefined ? checkpoint : { ...checkpoint, incidents: first })
      }
    })
  }
}

/** The checkpoint leaves out what is known of request times. */
const latencyForgotten = (): Plant => (ports) => {
  const state = Context.get(ports, DetectorState)
  const without = (packed: string): string => {
    const stored = unpackIncidents(packed)!
    const { latency: _, ...rest } = stored.state
    return packIncidents({ ...stored, state: rest })
  }
  return Context.add(ports, DetectorState, {
    ...state,
    writeCheckpoint: (checkpoint) =>
      state.writeCheckpoint(
        checkpoint.incidents === undefined ? checkpoint : { ...checkpoint, incidents: without(checkpoint.incidents) }
      )
  })
}

/** Events are sent and called stored, whatever becomes of them. */
const incidentsUnheard = (): Plant => (ports) => {
  const log = Context.get(ports, IncidentsLog)
  return Context.add(ports, IncidentsLog, {
    ...log,
    append: (entries, expectedLastSeq) =>
      Effect.as(Effect.ignore(log.append(entries, expectedLastSeq)), expectedLastSeq + entries.length)
  })
}

/** A start does not see which silences were told before their windows were decided. */
const silencesUnseen = (): Plant => (ports) => {
  const incidents = Context.get(ports, Incidents)
  const unseen = (log: Incidents["Service"]): Incidents["Service"] => ({
    ...log,
    read: (fromSeq, options) =>
      Stream.filter(log.read(fromSeq, options), ({ event }) => event.silent_from === undefined),
    telling: (tell) => unseen(log.telling(tell))
  })
  return Context.add(ports, Incidents, unseen(incidents))
}

/** Reading goes on behind the last message that was delivered, as the server's consumer would have it. */
const trustInTheConsumer = (): Plant => {
  let delivered = 0
  return (ports) => {
    const reader = Context.get(ports, LogsReader)
    return Context.add(ports, LogsReader, {
      ...reader,
      read: (options) =>
        reader.read({ ...options, fromSeq: Math.max(options.fromSeq, delivered + 1) }).pipe(
          Stream.tap(({ batch }) =>
            Effect.sync(() => {
              delivered = Math.max(delivered, batch.seqs[batch.messages - 1] ?? 0)
            })
          )
        )
    })
  }
}

/** A record that stands already is judged by more lines than its `through_seq` allows. */
const throughSeqIgnored = (): Plant =>
  withWindows((log) => {
    const later = <E extends { readonly data: string }>(entry: E): E => {
      const record = JSON.parse(entry.data)
      return { ...entry, data: JSON.stringify({ ...record, through_seq: record.through_seq + 4 }) }
    }
    return {
      get: (seq) => Effect.map(log.get(seq), (entry) => entry && later(entry)),
      readFrom: (fromSeq) => Stream.map(log.readFrom(fromSeq), later)
    }
  })

/** A write without an answer is taken as lost and written again behind whatever stands there now. */
const unansweredTakenAsLost = (): Plant =>
  withWindows((log) => ({
    append: (entries, expectedLastSeq) =>
      Effect.catchTag(log.append(entries, expectedLastSeq), "Unavailable", () =>
        Effect.andThen(
          Effect.flatMap(log.lastSeq, (lastSeq) => log.append(entries, lastSeq)),
          Effect.succeed(expectedLastSeq + entries.length)
        )
      )
  }))

/** Records are appended whatever stands before them: nobody is refused. */
const noFencing = (): Plant =>
  withWindows((log) => ({
    append: (entries, expectedLastSeq) =>
      Effect.as(
        Effect.flatMap(log.lastSeq, (lastSeq) => log.append(entries, lastSeq)),
        expectedLastSeq + entries.length
      )
  }))

export const plantedFaults: { readonly [fault: string]: () => Plant } = {
  "what is known of incidents is stale": staleIncidents,
  "what is known of request times is not stored": latencyForgotten,
  "events of incidents are not heard of": incidentsUnheard,
  "silences that were told are not seen": silencesUnseen,
  "the checkpoint is written before the alerts": checkpointBeforeAlerts,
  "the consumer's place is trusted": trustInTheConsumer,
  "through_seq is ignored": throughSeqIgnored,
  "an unanswered write is taken as lost": unansweredTakenAsLost,
  "nobody is fenced off": noFencing
}
