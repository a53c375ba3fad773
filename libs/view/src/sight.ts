import type { Incident } from "@chaussettes/domain"

/** All traffic is more than one client, and that more than one URL. */
const breadth = { global: 2, ip: 1, url: 0 } as const

/** The order in which incidents are looked at: open ones first, the worst of them on top; then what is over, newest first. */
export const bySight = (a: Incident, b: Incident): number =>
  Number(b.open) - Number(a.open) ||
  (a.open
    ? Number(b.severity === "HIGH") - Number(a.severity === "HIGH") ||
      breadth[b.dimension] - breadth[a.dimension] ||
      b.errors - a.errors
    : b.lastMs - a.lastMs || b.errors - a.errors)
