import { actTypes, causeDimensions, incidentKinds, type Threshold, thresholdFromJson } from "@chaussettes/domain"
import { Schema } from "effect"
import { Count, DimensionSchema } from "./fields.ts"

const ActBody = Schema.Struct({
  id: Schema.String,
  type: Schema.Literals(actTypes),
  at: Schema.String,
  by: Schema.String,
  until: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String)
})

/** What people said about an incident, as far as it holds. */
export const IncidentActsResponse = Schema.Struct({
  acknowledged: Schema.NullOr(ActBody),
  silenced: Schema.NullOr(ActBody),
  notes: Schema.Array(ActBody)
})
export type IncidentActsResponse = typeof IncidentActsResponse.Type

const MatchBody = Schema.Struct({
  kind: Schema.optionalKey(Schema.Literals(incidentKinds)),
  dimension: Schema.optionalKey(Schema.Literals(causeDimensions)),
  key: Schema.optionalKey(Schema.String)
})

/** What people said in the last 30 days, and what still holds of what was said before; the newest first. */
export const ActsResponse = Schema.Struct({
  acts: Schema.Array(
    Schema.Struct({
      ...ActBody.fields,
      incident: Schema.optionalKey(Schema.String),
      match: Schema.optionalKey(MatchBody),
      from: Schema.optionalKey(Schema.String),
      lifts: Schema.optionalKey(Schema.String),
      /** Whether it holds now, or will. */
      holds: Schema.Boolean
    })
  ),
  /** Older ones that are left out. */
  left: Count
})
export type ActsResponse = typeof ActsResponse.Type

/** Whether there is anybody who may act through the page. */
export const OperatorResponse = Schema.Struct({ acts: Schema.Boolean })
export type OperatorResponse = typeof OperatorResponse.Type

/** What the operator says; the domain bounds and checks it (`faultOfAct`). */
export const ActRequest = Schema.Struct({
  type: Schema.Literals(actTypes),
  by: Schema.String,
  incident: Schema.optionalKey(Schema.String),
  match: Schema.optionalKey(MatchBody),
  from: Schema.optionalKey(Schema.String),
  until: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
  lifts: Schema.optionalKey(Schema.String)
})
export type ActRequest = typeof ActRequest.Type

/** A threshold that is to be in force in the place of the one with this revision. */
export const ForceRequest = Schema.Struct({
  dimension: DimensionSchema,
  threshold: Schema.Unknown.pipe(
    Schema.refine((json): json is Threshold => thresholdFromJson(json).ok, { expected: "a threshold" })
  ),
  revision: Count
})
export type ForceRequest = typeof ForceRequest.Type
