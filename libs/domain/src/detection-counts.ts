/** Totals since the start, for the status and the metrics. */
export interface DetectionCounts {
  messages: number
  lines: number
  errors: number
  late: number
  rejected: number
  gap: number
  windows: number
  alerts: number
}

export const noCounts = (): DetectionCounts => ({
  messages: 0,
  lines: 0,
  errors: 0,
  late: 0,
  rejected: 0,
  gap: 0,
  windows: 0,
  alerts: 0
})
