import type {
  DetectionCounts,
  DetectionPosition,
  DetectionSettings,
  DetectionStart,
  FormatChange,
  IncidentEvent,
  IncidentModelInForce,
  OpenByKind,
  Reject,
  RejectReason,
  StoredIncidents,
  Tally,
  ThresholdsInForce
} from "@chaussettes/domain"
import type { Packed } from "./packed.ts"
import type { Responses } from "./responses.ts"

/** An alert as it is stored. */
export interface EncodedAlert {
  readonly id: string
  readonly subject: string
  readonly data: string
}

/** An event of an incident as it is stored. */
export interface EncodedIncident {
  /** `incidentEventKey` of it. */
  readonly key: string
  readonly subject: string
  readonly data: string
}

/** A record whose lines are gone, so that its alerts cannot be derived again. */
interface LostRecord {
  readonly seq: number
  readonly start: string
}

/** What a step of the fold has to say. */
export interface FoldOutput {
  /** Windows that were decided. */
  readonly decided: number
  /** Their records as JSON, but for those that stand in WINDOWS already. */
  readonly records: Packed
  /** Their alerts, in the order of the records. */
  readonly alerts: ReadonlyArray<EncodedAlert>
  /** The lines of the windows that were decided, by class of status. */
  readonly responses: Responses
  /** What became of incidents by them. */
  readonly incidents: ReadonlyArray<EncodedIncident>
  readonly openIncidents: OpenByKind
  readonly rejects: ReadonlyArray<Reject>
  /** Rejects that were not given out since the fold was opened, because there were too many. */
  readonly withheld: number
  readonly lost: ReadonlyArray<LostRecord>
  /** Sources whose lines are of another format than before. */
  readonly formats: ReadonlyArray<FormatChange>
  /** Totals since the fold was opened. */
  readonly counts: DetectionCounts
  /** `counts.rejected` by the reason. */
  readonly rejectedBy: { readonly [reason in RejectReason]: number }
  readonly highestSeq: number
  readonly clockMs: number
  readonly decidedThroughMs: number
  readonly openWindows: number
  /** Where a checkpoint would go on, once all that was decided up to here is stored. Given where something was decided, and now and then. */
  readonly position: DetectionPosition | undefined
  /**
   * What is known of incidents at `position`, for a checkpoint; given now and then, and only there a checkpoint can be written. "too large" where it has
   * no room in one, undefined where it was not looked at.
   */
  readonly known: KnownIncidents | undefined
  /** What became of the recent lines; given now and then. */
  readonly tally: Tally | undefined
}

/** `packed` is `StoredIncidents`, compressed; undefined where nothing is known. */
export type KnownIncidents = { readonly packed: string | undefined } | "too large"

export interface FoldIncidents {
  readonly inForce: IncidentModelInForce
  /** Those that the known records and the stored state name. */
  readonly models: ReadonlyArray<IncidentModelInForce>
  readonly stored: StoredIncidents | undefined
  /** Without it: the last event of each incident that was told as open. */
  readonly open: ReadonlyArray<IncidentEvent>
  /** Silences that were told behind what is stored, before their windows could be decided. */
  readonly assumed: ReadonlyArray<IncidentEvent>
}

export interface FoldOptions {
  readonly settings: DetectionSettings
  readonly thresholds: ThresholdsInForce
  readonly start: DetectionStart
  readonly incidents: FoldIncidents
  /** When LOGS was created. */
  readonly logsCreated: string
}
