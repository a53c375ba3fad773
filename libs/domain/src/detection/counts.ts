/** Totals since the start, for the status and the metrics. */
export interface DetectionCounts {
  messages: number
  lines: number
  errors: number
  /** Lines that came for a decided window and were folded into it. */
  revised: number
  /** Lines that came for a window that takes none any more. */
  late: number
  rejected: number
  /** Lines that a rule takes out. */
  ignored: number
  gap: number
  windows: number
  revisions: number
  alerts: number
}

export const noCounts = (): DetectionCounts => ({
  messages: 0,
  lines: 0,
  errors: 0,
  revised: 0,
  late: 0,
  rejected: 0,
  ignored: 0,
  gap: 0,
  windows: 0,
  revisions: 0,
  alerts: 0
})
