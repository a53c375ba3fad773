import { type Act, type ActType, parseRfc3339, visibleText } from "@chaussettes/domain"
import { type ActsWords, actsWords } from "@chaussettes/presentation"
import { environmentLanguage, localTime, painter } from "@chaussettes/presentation/terminal"

const colors: { readonly [type in ActType]: "green" | "yellow" | "dim" } = {
  acknowledge: "green",
  silence: "yellow",
  maintenance: "yellow",
  note: "dim",
  lift: "dim"
}

/** What an act is about, in plain words. */
const aboutOf = (act: Act, w: ActsWords): string => {
  const { incident, match, lifts } = act
  if (lifts !== undefined) return lifts
  if (incident !== undefined) return incident
  if (match === undefined) return w.everything
  return [match.kind, match.dimension, match.key].filter((part) => part !== undefined).join(" ")
}

/** An act as one line: when, what, about what, until when, by whom, why, and its id. */
export const actLine = (act: Act, isTerminal: boolean): string => {
  const paint = painter(isTerminal)
  const w = actsWords(environmentLanguage())
  const span =
    act.from === undefined ? [] : [w.span(localTime(parseRfc3339(act.from)!), localTime(parseRfc3339(act.until!)!))]
  return [
    localTime(parseRfc3339(act.at)!),
    paint(colors[act.type], w.types[act.type]),
    paint("bold", visibleText(aboutOf(act, w))),
    ...span,
    w.by(visibleText(act.by)),
    ...(act.text === undefined ? [] : [visibleText(act.text)]),
    paint("dim", act.id)
  ].join("  ")
}
