import { keyDimensionFields } from "@chaussettes/domain"
import { Schema } from "effect"
import { Count, Ms, span } from "./fields.ts"

const Panes = Schema.Struct({
  /** Panes with enough requests for a verdict. */
  eligible: Count,
  least: Count,
  /** `[requests, errors, panes]`, only with errors. */
  counts: Schema.Array(Schema.Tuple([Count, Count, Count])),
  /** Alerts by the thresholds in force then, suppressed ones with them. */
  inForce: Count
})

export const WhatIfResponse = Schema.Struct({
  fromMs: Ms,
  toMs: Ms,
  requests: Count,
  /** Requests of the span that LOGS no longer holds. */
  missing: Count,
  global: Panes,
  /** Null where LOGS was not read again. */
  ...keyDimensionFields(Schema.NullOr(Panes), Schema.optionalKey(Schema.NullOr(Panes)))
})
export type WhatIfResponse = typeof WhatIfResponse.Type

export const WhatIfQuery = Schema.Struct({
  ...span,
  /** `lines`: also IPs and URLs, counted from LOGS again. */
  count: Schema.optionalKey(Schema.Literal("lines"))
})
