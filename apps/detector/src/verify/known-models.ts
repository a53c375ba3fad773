import { firstModelInForce, type IncidentModelInForce, keyToken, readIncidentModel } from "@chaussettes/domain"

/** A model as it stands in the history of its bucket. */
export interface ModelText {
  readonly revision: number
  readonly text: string
}

/** The models that records may name. They are read when one does. */
export const knownModels = (texts: ReadonlyArray<ModelText>) => {
  const byDigest = new Map(texts.map((model) => [keyToken(model.text), model]))
  const read = new Map<string, IncidentModelInForce | undefined>()
  return (digest: string, windowMs: number): IncidentModelInForce | undefined => {
    if (read.has(digest)) return read.get(digest)
    const text = byDigest.get(digest)
    const first = firstModelInForce(windowMs)
    let model = digest === first.digest ? first : undefined
    if (text !== undefined) {
      const result = readIncidentModel(text.text, text.revision, windowMs)
      if (result.ok) model = result.value
    }
    read.set(digest, model)
    return model
  }
}
