export const checkpointSchema = "chaussettes.checkpoint.v1"

/**
 * Where to go on after a restart. It only saves work: written behind everything that it speaks of is stored, and when it
 * is lost the newest record of WINDOWS says enough (`resume_seq`, `decided_through`) to go on from there.
 */
export interface Checkpoint {
  readonly schema: typeof checkpointSchema
  /** From here the open windows, and what is counted since the last record, can be built again. */
  readonly resume_seq: number
  /** The same for the windows that are not decided. Absent in a checkpoint of before, where it is `resume_seq`. */
  readonly open_seq?: number
  /** The highest sequence of LOGS that was read. */
  readonly highest_seq: number
  /** When LOGS was created; another value says that the stream was made anew and its sequences mean nothing here. */
  readonly logs_created: string
  /** Windows that begin before are decided. ms since the epoch; null before anything is decided. */
  readonly decided_through_ms: number | null
  /** The log's own clock: the latest store time that was read, or how far silence has carried it. */
  readonly clock_ms: number
  readonly sources: ReadonlyArray<SourceState>
  /** When the newest message that was read was stored. Absent in a checkpoint of before, where it is `clock_ms`. */
  readonly stored_ms?: number
  /** See `SourcesPosition`; absent where there is none. */
  readonly grace_ms?: number
  readonly grace_until_ms?: number
  /** Last sequences of WINDOWS, ALERTS and INCIDENTS that are covered; that of INCIDENTS is absent in a checkpoint of before there was one. */
  readonly windows_seq: number
  readonly alerts_seq: number
  readonly incidents_seq?: number
  /** What is known of incidents behind the last record that is covered (`StoredIncidents`), compressed; absent where nothing is. */
  readonly incidents?: string
}

/** Lines of a source that are ahead of its clock without evidence: the oldest of their times, and how many. */
export interface AheadState {
  readonly least_ms: number
  readonly lines: number
}

/** What is known of a source. Times in ms since the epoch. */
export interface SourceState {
  readonly name: string
  /** Greatest event time read; null before the first line. */
  readonly max_event_ms: number | null
  /** Nothing older than this will come, it said; null if it said nothing. */
  readonly promised_ms: number | null
  readonly ended: boolean
  /** When it last sent anything, in talking time (see `Sources`) that ends at `stored_ms`. */
  readonly last_seen_ms: number
  readonly ahead?: AheadState
  /** Its usual pause between two messages; absent before two of them. */
  readonly usual_gap_ms?: number
  /** The lateness that was learnt of it; absent where it is the one that all begin with. */
  readonly lateness_ms?: number
  /** How far behind their store time its newest lines are; absent before any was read. */
  readonly behind_ms?: number
}
