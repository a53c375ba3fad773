import { defaultSettings, rfc3339, rulesOf, thresholdsOf, type WindowRecord } from "@chaussettes/domain"

/** A record of a window of ten seconds. */
export const recordOf = (startMs: number, some: Partial<WindowRecord> = {}): WindowRecord => ({
  schema: "chaussettes.window.v1",
  start: rfc3339(startMs),
  end: rfc3339(startMs + 10_000),
  through_seq: 1,
  resume_seq: 1,
  decided_through: rfc3339(startMs + 10_000),
  closed_by: "watermark",
  total: 100,
  errors: 5,
  keys: { ip: 10, url: 10 },
  seuils: thresholdsOf({ global: 0.1, ip: 0.3, url: 0.5 }, 4),
  rules: rulesOf(defaultSettings),
  breaches: { global: 0, ip: 0, url: 0 },
  suppressed: 0,
  since_last: { late: 1, rejected: { time: 2 }, gap: 0, late_by_source: {} },
  top: { ip: [], url: [] },
  ...some
})
