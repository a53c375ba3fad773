import { parseRfc3339 } from "../time.ts"
import { keyToken } from "../wire/alert.ts"
import { withBusiestUrls } from "./latency/latency-model.ts"
import { type IncidentModel, modelStepsMs } from "./model.ts"
import { incidentModelFromJson } from "./model-from-json.ts"
import { keyedCauses } from "./panes.ts"

/** A model as text has no more bytes: two fit into a message of the server's largest size. */
const incidentModelBytes = 512 * 1024

/** A model that is in force: what a record names it by, and the model itself. */
export interface IncidentModelInForce {
  /** The revision of its key in the bucket; 0 for what is believed before one was published. */
  readonly revision: number
  /** Says of a text that it is this one: revisions of a bucket that was made again begin anew. */
  readonly digest: string
  readonly model: IncidentModel
}

const encoder = new TextEncoder()

/** A model as it is published. Where it is too long it goes without the keys that have the fewest requests: they are then expected to be as others are. */
export const encodeIncidentModel = (model: IncidentModel, mostBytes = incidentModelBytes): string => {
  let text = JSON.stringify(model)
  for (let keep = 0.75; encoder.encode(text).length > mostBytes && keep > 0.001; keep *= 0.75) {
    const keys = Object.fromEntries(
      keyedCauses.map((d) => {
        const sorted = Object.entries(model.keys[d]).sort(([a, [m]], [b, [n]]) => n - m || (a < b ? -1 : 1))
        return [d, Object.fromEntries(sorted.slice(0, Math.floor(sorted.length * keep)))]
      })
    ) as IncidentModel["keys"]
    const { latency } = model
    text = JSON.stringify({
      ...model,
      keys,
      ...(latency === undefined ? {} : { latency: withBusiestUrls(latency, keep) })
    })
  }
  return text
}

export type ReadIncidentModel =
  | { readonly ok: true; readonly value: IncidentModelInForce }
  | { readonly ok: false; readonly reason: string }

/** A model with what records name it by. */
export const modelInForce = (model: IncidentModel, revision: number): IncidentModelInForce => ({
  revision,
  digest: keyToken(encodeIncidentModel(model)),
  model
})

/** Reads what stands in the bucket; says what is wrong with a text that cannot be used. */
export const readIncidentModel = (text: string, revision: number, windowMs: number): ReadIncidentModel => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { ok: false, reason: "it is not JSON" }
  }
  const read = incidentModelFromJson(json)
  if (!read.ok) return read
  const { window_ms } = read.value
  if (window_ms !== windowMs)
    return { ok: false, reason: `it was learnt from windows of ${window_ms / 1000} s, not ${windowMs / 1000} s` }
  return { ok: true, value: { revision, digest: keyToken(text), model: read.value } }
}

const spanOf = ({ learnt }: IncidentModel) =>
  learnt === null ? undefined : { startMs: parseRfc3339(learnt.start)!, endMs: parseRfc3339(learnt.end)! }

const stepOf = (knownMs: number): number => modelStepsMs.filter((step) => knownMs >= step).length

/**
 * Whether a model is to be published: after 1, 3, 6, 12 and 24 hours of history, then once a day. So the bucket's history reaches back further than LOGS
 * does, and `verify` finds every model that a record names.
 */
export const isModelDue = (model: IncidentModel, standing: IncidentModel | undefined): boolean => {
  const now = spanOf(model)
  if (now === undefined || now.endMs - now.startMs < modelStepsMs[0]!) return false
  const before = standing && spanOf(standing)
  if (standing === undefined || before === undefined) return true
  if (standing.budget_weekly !== model.budget_weekly || standing.window_ms !== model.window_ms) return true
  // Another history: LOGS was made again.
  if (now.endMs < before.endMs) return true
  return (
    stepOf(now.endMs - now.startMs) > stepOf(before.endMs - before.startMs) ||
    now.endMs - before.endMs >= modelStepsMs.at(-1)!
  )
}
