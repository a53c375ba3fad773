import type { DetectionSettings, ReportContents } from "@chaussettes/domain"
import type { FoundIncidents } from "../incidents.ts"
import type { Suited } from "../thresholds.ts"
import type { Zone } from "../zone.ts"

/** What a report is made of. */
export interface Report {
  /** Undefined for LOGS. */
  readonly files: ReadonlyArray<string> | undefined
  readonly contents: ReportContents
  readonly incidents: FoundIncidents
  readonly thresholds: ReadonlyArray<Suited>
  /** Lines that came too late for their windows. */
  readonly late: number
  readonly settings: DetectionSettings
  readonly zone: Zone
  /** When it was made, ms since the epoch. */
  readonly madeMs: number
}

export type ReadReport = Pick<Report, "contents" | "incidents" | "thresholds" | "late">
