import { type ActsOfIncident, visibleText } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { environmentLanguage, localTime } from "@chaussettes/presentation/terminal"
import type { IncidentView } from "@chaussettes/readmodel"

/** The fields that acts add to an incident's JSON. */
export const actsFields = ({ acknowledged, silenced, notes }: ActsOfIncident) => ({
  ...(acknowledged === undefined ? {} : { acknowledged }),
  ...(silenced === undefined ? {} : { silenced }),
  ...(notes.length === 0 ? {} : { notes })
})

/** What acts add to an incident's line; nothing where nobody said anything. */
export const actsMarks = ({ marks }: IncidentView, notes: number): ReadonlyArray<string> => {
  const w = actsWords(environmentLanguage())
  const { acknowledged = null, quiet = null } = marks ?? {}
  return [
    ...(acknowledged === null ? [] : [w.acknowledgedBy(acknowledged.by && visibleText(acknowledged.by))]),
    ...(quiet === null ? [] : [w.quietUntil(quiet.type, localTime(quiet.untilMs))]),
    ...(notes === 0 ? [] : [w.notes(notes)])
  ]
}
