import type { Act, Alert, IncidentEvent, KnownRecord } from "@chaussettes/domain"
import { Context, type Effect, type Stream } from "effect"
import type { StoreError } from "../errors.ts"
import type { Unreadable } from "../versioned/unreadable.ts"
import type { VersionedLog } from "./versioned-log.ts"

/** An alert that stands in ALERTS. */
export interface StoredAlert {
  readonly seq: number
  readonly alert: Alert
}

/** An event that stands in INCIDENTS. */
export interface StoredIncident {
  readonly seq: number
  readonly event: IncidentEvent
}

/** An act that stands in ACTS. */
export interface StoredAct {
  readonly seq: number
  readonly act: Act
}

export interface ReadTyped {
  /** What is behind it is neither read nor decoded. */
  readonly throughSeq?: number
  /** The fields of each item are believed: for a reader of very many (`decodeRecordUnchecked`). */
  readonly unchecked?: boolean
}

/**
 * WINDOWS, ALERTS, INCIDENTS and ACTS as who reads them sees them. What a later version of ours has written means something that this version cannot know: every
 * reading fails at it, with one sentence. What none of ours has written decides nothing: it is passed over, and told.
 */
export interface TypedLog<Item> extends Pick<VersionedLog, "bounds" | "lastSeq"> {
  /** The item at a sequence; undefined where none is held, or a stranger is. */
  readonly get: (seq: number) => Effect.Effect<Item | undefined, StoreError | Unreadable>
  /** The newest item; undefined where there is none. */
  readonly latest: Effect.Effect<Item | undefined, StoreError | Unreadable>
  /** The newest one that is at a sequence or before it. */
  readonly latestThrough: (seq: number) => Effect.Effect<Item | undefined, StoreError | Unreadable>
  /**
   * Where the messages of windows from a time on begin, by binary search: no record of a window that ends behind it, no alert of a window that starts
   * at it or behind it and came in time, no incident event and no act of a later time, stands before the one that is found. Revisions, and alerts that came late, stand among later ones.
   */
  readonly firstFrom: (timeMs: number) => Effect.Effect<Item | undefined, StoreError | Unreadable>
  /** From a sequence to the last one at the time of the call. */
  readonly read: (fromSeq: number, options?: ReadTyped) => Stream.Stream<Item, StoreError | Unreadable>
  /** From a sequence on, and then each new one; never ends, except by a failure that the caller can act on. */
  readonly follow: (
    fromSeq: number,
    options?: Pick<ReadTyped, "unchecked">
  ) => Stream.Stream<Item, StoreError | Unreadable>
  /** The same for who tells of strangers itself; without it, the first one is logged as a warning. */
  readonly telling: (tell: (stranger: Unreadable) => Effect.Effect<void>) => TypedLog<Item>
}

/** The records of WINDOWS. Who writes them, or compares bytes, takes `WindowsLog`. */
export class Windows extends Context.Service<Windows, TypedLog<KnownRecord>>()("@chaussettes/jetstream/Windows") {}
/** The alerts of ALERTS. Who writes them, or compares bytes, takes `AlertsLog`. */
export class Alerts extends Context.Service<Alerts, TypedLog<StoredAlert>>()("@chaussettes/jetstream/Alerts") {}
/** The events of INCIDENTS. Who writes them, or compares bytes, takes `IncidentsLog`. */
export class Incidents extends Context.Service<Incidents, TypedLog<StoredIncident>>()(
  "@chaussettes/jetstream/Incidents"
) {}
/** The acts of ACTS. Who writes them takes `ActsLog`. */
export class Acts extends Context.Service<Acts, TypedLog<StoredAct>>()("@chaussettes/jetstream/Acts") {}
