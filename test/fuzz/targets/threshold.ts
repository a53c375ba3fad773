import { parseThreshold, thresholdFromJson } from "@chaussettes/domain"

/** A threshold is read, or refused with a reason; what was read reads back as itself. */
export const fuzz = (data: Buffer): void => {
  const parsed = parseThreshold(data.toString("utf8"))
  if (!parsed.ok) {
    if (parsed.reason === "") throw new Error("no reason")
    return
  }
  const again = thresholdFromJson(JSON.parse(JSON.stringify(parsed.value)))
  if (!again.ok || JSON.stringify(again.value) !== JSON.stringify(parsed.value))
    throw new Error("it reads back differently")
}
