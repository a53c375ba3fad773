import type { LogBatch } from "@chaussettes/domain"
import { Context, type Effect, type Stream } from "effect"
import type { Outdated, StoreError } from "../errors.ts"

/** A message as it is appended. `data` is JSON, as text or already as UTF-8. `epoch` is the writer's lease generation, carried in a header. */
export interface Entry {
  readonly subject: string
  readonly data: string | Uint8Array
  readonly epoch: number
}

/** A message as it is stored. */
export interface StoredEntry extends Entry {
  readonly seq: number
  readonly data: string
}

/**
 * A stream with one writer and an expected version (WINDOWS, ALERTS, INCIDENTS): each message carries the sequence that must be the
 * stream's last, so a second or outdated writer is refused by the server itself.
 */
export interface VersionedLog {
  /**
   * Appends entries behind `expectedLastSeq`, pipelined with predicted sequences, and answers the new last sequence once
   * all are acknowledged. Fails with `Outdated` when the stream's last sequence was another one: nothing of what is behind the refused
   * entry is stored, what is before it may be. Fails with a `StoreError` when an answer is missing or a refusal: any prefix
   * of the entries may be stored. The caller then reads the tail and never guesses.
   */
  readonly append: (
    entries: ReadonlyArray<Entry>,
    expectedLastSeq: number
  ) => Effect.Effect<number, Outdated | StoreError>
  /** Last sequence; 0 for an empty, never used stream. */
  readonly lastSeq: Effect.Effect<number, StoreError>
  /** Also the first sequence that is held (lastSeq + 1 when nothing is). */
  readonly bounds: Effect.Effect<{ readonly firstSeq: number; readonly lastSeq: number }, StoreError>
  /** One entry by its sequence; undefined where it is not held. */
  readonly get: (seq: number) => Effect.Effect<StoredEntry | undefined, StoreError>
  /**
   * Entries from a sequence to the last one at the time of the call, in arrays. Goes on across a broken connection; fails when
   * that does not come back within seconds.
   */
  readonly readFrom: (fromSeq: number) => Stream.Stream<StoredEntry, StoreError>
  /**
   * The same packed, up to `throughSeq` where it is given, for whoever goes through very many: subjects stand in the place of sources, and
   * epochs are left out. Goes on across a broken connection for as long as that takes.
   */
  readonly readPacked: (fromSeq: number, throughSeq?: number) => Stream.Stream<LogBatch, StoreError>
  /**
   * Entries from a sequence on, and then each new one; never ends, reconnects by itself, waits for what keeps it from reading.
   * A stream that is deleted and made anew meanwhile is followed from its first entry: the sequences fall.
   */
  readonly follow: (fromSeq: number) => Stream.Stream<StoredEntry, StoreError>
}

export class WindowsLog extends Context.Service<WindowsLog, VersionedLog>()("@chaussettes/jetstream/WindowsLog") {}
export class AlertsLog extends Context.Service<AlertsLog, VersionedLog>()("@chaussettes/jetstream/AlertsLog") {}
export class IncidentsLog extends Context.Service<IncidentsLog, VersionedLog>()(
  "@chaussettes/jetstream/IncidentsLog"
) {}
/** People write it, one act at a time: whoever is refused reads the last sequence and tries again (`sayAct`). */
export class ActsLog extends Context.Service<ActsLog, VersionedLog>()("@chaussettes/jetstream/ActsLog") {}
