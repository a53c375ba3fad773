import type { IncidentEvent } from "../../src/index.ts"
import { incidentEvent } from "../support/incident-event.ts"

type Of = Partial<Pick<IncidentEvent, "id" | "timestamp" | "kind" | "dimension">> & {
  readonly keys?: ReadonlyArray<string>
  readonly keyCount?: number
}

/** An incident's event, of which only what acts look at is told apart. */
export const eventOf = ({
  id = "server-errors.url.20261128T100000Z-10s.0011223344556677",
  timestamp = "2026-11-28T10:00:10Z",
  kind = "server-errors",
  dimension = "url",
  keys = ["/broken"],
  keyCount = keys.length
}: Of = {}): IncidentEvent =>
  incidentEvent({
    id,
    timestamp,
    kind,
    dimension,
    cause: { dimension, key: keys[0] ?? null, keys, key_count: keyCount, share: 1 }
  })
