import type { IncidentEvent, KnownRecord } from "@chaussettes/domain"
import type { Counts, Difference } from "./differences.ts"
import type { ModelText } from "./known-models.ts"
import type { Later } from "./stored.ts"

/** A silence that INCIDENTS tells before its windows were decided. */
export interface StoredSilence {
  readonly seq: number
  readonly subject: string
  readonly data: string
  readonly event: IncidentEvent
}

/** Where an audit begins. */
export interface AuditOptions {
  /** The record before the first one that is derived again: LOGS holds all that has come behind it. */
  readonly before: KnownRecord | undefined
  /** The first sequence of WINDOWS that should be held from there on. */
  readonly firstRecordSeq: number
  readonly logs: { readonly created: string; readonly lastSeq: number }
  /** What incidents may have been judged by. */
  readonly models: ReadonlyArray<ModelText>
  readonly silences: ReadonlyArray<StoredSilence>
  /** Of how many windows and alerts the differences are kept. */
  readonly examples: number
}

/** What an audit wants next. */
export interface AuditAnswer {
  /** Number of the reading of LOGS that is wanted, from `fromSeq` on; batches of an earlier one are passed over. */
  readonly reading: number
  readonly fromSeq: number
  /** Batches may be handed over up to this sequence; beyond it more records are needed first. */
  readonly coveredSeq: number
  /** All records are judged. */
  readonly done: boolean
  /** Derived alerts wait for more of ALERTS. */
  readonly alertsShort: boolean
  /** The same of INCIDENTS. */
  readonly incidentsShort: boolean
  /** What a later version has written: the audit is over. */
  readonly later?: Later
  /** The answer to `finish`. */
  readonly findings?: Findings
}

/** What an audit comes to. */
export interface Findings {
  readonly windows: Counts
  readonly alerts: Counts
  readonly incidents: Counts
  /** Events of INCIDENTS that cannot be derived, because the state behind them is not known. */
  readonly unverifiableIncidents: number
  readonly lines: number
  readonly span: { readonly from: string; readonly to: string } | undefined
  /** The sequences of LOGS that were gone through, and how many it no longer holds that were counted when windows were decided. */
  readonly logs: { readonly fromSeq: number; readonly throughSeq: number; readonly missingMessages: number }
  /** How often the settings changed; each change reads a piece of LOGS again. */
  readonly restarts: number
  /** What the last record leaves open. */
  readonly undecided: { readonly windows: number; readonly lines: number }
  readonly differences: ReadonlyArray<Difference>
}
