import { rejectReasons } from "@chaussettes/domain"
import { Schema } from "effect"
import { Count, queryInt } from "./fields.ts"

export const RejectsQuery = Schema.Struct({ limit: Schema.optionalKey(queryInt(1, 500)) })

export const RejectsResponse = Schema.Struct({
  rejects: Schema.Array(
    Schema.Struct({
      rejectSeq: Count,
      reason: Schema.Literals(rejectReasons),
      source: Schema.String,
      seq: Count,
      line: Count,
      text: Schema.String
    })
  )
})
export type RejectsResponse = typeof RejectsResponse.Type
