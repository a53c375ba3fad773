import type { ActsOfIncident } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { environmentLanguage } from "@chaussettes/presentation/terminal"

/** The fields that acts add to an incident's JSON. */
export const actsFields = ({ acknowledged, silenced, notes }: ActsOfIncident) => ({
  ...(acknowledged === undefined ? {} : { acknowledged }),
  ...(silenced === undefined ? {} : { silenced }),
  ...(notes.length === 0 ? {} : { notes })
})

/** What acts add to an incident's line; nothing where nobody said anything. */
export const actsMarks = ({ acknowledged, silenced, notes }: ActsOfIncident): ReadonlyArray<string> => {
  const w = actsWords(environmentLanguage())
  return [
    ...(acknowledged === undefined ? [] : [w.acknowledged]),
    ...(silenced === undefined ? [] : [silenced.type === "maintenance" ? w.inMaintenance : w.silenced]),
    ...(notes.length === 0 ? [] : [w.notes(notes.length)])
  ]
}
