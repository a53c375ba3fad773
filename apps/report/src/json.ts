import { mapDimensions, rfc3339 } from "@chaussettes/domain"
import type { Report } from "./read/read.ts"

/** What a report says, for a program. Keys stand as they were logged. */
export const jsonOf = ({ files, contents, incidents, thresholds, late, settings, zone, madeMs }: Report) => {
  const { firstMs, lastMs, visitors, course, ...rest } = contents
  return {
    schema: "chaussettes.report.v1",
    made_at: rfc3339(madeMs),
    files: files ?? null,
    zone: zone.name,
    from: firstMs === Number.POSITIVE_INFINITY ? null : rfc3339(firstMs),
    to: lastMs === Number.NEGATIVE_INFINITY ? null : rfc3339(lastMs),
    late,
    errors_are: settings.errors ?? null,
    ...rest,
    visitors: {
      days: visitors.days.map(({ day, visitors }) => ({ day: rfc3339(day * 86_400_000).slice(0, 10), visitors })),
      isExact: visitors.isExact
    },
    course: {
      slot_ms: course.slotMs,
      slots: course.slots.map(({ startMs, ...counts }) => ({ start: rfc3339(startMs), ...counts }))
    },
    incidents: {
      count: incidents.count,
      rows: incidents.rows.map(({ openedMs, lastMs, ...row }) => ({
        ...row,
        opened: rfc3339(openedMs),
        last: rfc3339(lastMs)
      }))
    },
    thresholds: mapDimensions(
      (dimension) => {
        const { inForce, suggested } = thresholds.find((t) => t.dimension === dimension)!
        return {
          in_force: inForce,
          suggested: suggested._tag === "Calibrated" ? suggested.threshold : null,
          ...(suggested._tag === "Refused" ? { refused: suggested.refusal._tag } : {})
        }
      },
      thresholds.map(({ dimension }) => dimension)
    )
  }
}
