import { encodeIncidentModel, type IncidentModel, incidentModelFromJson, isModelDue } from "@chaussettes/domain"
import { IncidentsStore } from "@chaussettes/jetstream"
import { Effect } from "effect"

const modelIn = (text: string | undefined): IncidentModel | undefined => {
  try {
    const read = incidentModelFromJson(JSON.parse(text ?? ""))
    return read.ok ? read.value : undefined
  } catch {
    return undefined
  }
}

/**
 * Publishes what incidents are judged by, where it is due; answers what there is to say of it.
 * @param isAsked somebody has asked for it now: it is published whenever it is another one
 */
export const publishModel = Effect.fn("publishModel")(function* (
  model: IncidentModel | undefined,
  { isAsked, dryRun }: { readonly isAsked: boolean; readonly dryRun: boolean }
) {
  if (model === undefined || !isModelDue(model, undefined)) return undefined
  const store = yield* IncidentsStore
  const standing = (yield* store.current).find(({ key }) => key === "model")
  const text = encodeIncidentModel(model)
  if (!(isAsked ? text !== standing?.text : isModelDue(model, modelIn(standing?.text)))) return undefined
  const { start, end } = model.learnt!
  const learnt = `learnt from ${start} to ${end}, for at most ${model.budget_weekly} false ${model.budget_weekly === 1 ? "incident" : "incidents"} a week`
  if (dryRun) return `would publish what incidents are judged by, ${learnt}`
  // Where another job was quicker its model is as good: both have learnt from LOGS.
  const put = standing === undefined ? store.put("model", text) : store.update("model", text, standing.revision)
  const revision = yield* Effect.catchTag(put, "Outdated", () => Effect.succeed(undefined))
  return revision === undefined ? undefined : `published what incidents are judged by, revision ${revision}, ${learnt}`
})
