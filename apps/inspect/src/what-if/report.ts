import { parseRfc3339, rfc3339, type ToldIncident, visibleJson, visibleText } from "@chaussettes/domain"
import { localTime, type Paint } from "@chaussettes/presentation/terminal"

export interface Compared {
  readonly fromMs: number
  readonly toMs: number
  readonly by: "evidence" | "lines"
  readonly budget: number | undefined
  /** What people were told of as it was, and what they would have been told of. */
  readonly now: ReadonlyArray<ToldIncident>
  readonly tried: ReadonlyArray<ToldIncident>
  /** Incidents that were too many to look at, the oldest. */
  readonly left: number
}

const countOf = (told: ReadonlyArray<ToldIncident>) => ({
  incidents: told.length,
  told: told.filter((each) => each.told !== undefined).length,
  silenced: told.filter((each) => each.told === undefined && each.silenced !== undefined).length
})

/** What is said of one incident by the one and the other. */
const differenceOf = (now: ToldIncident | undefined, tried: ToldIncident | undefined) => {
  const [before, after] = [now?.told, tried?.told]
  if (before === undefined && after === undefined) return undefined
  if (before === undefined) return "also" as const
  if (after === undefined) return tried?.silenced === undefined ? ("not" as const) : ("silenced" as const)
  return before === after ? undefined : ("later" as const)
}

/** The incidents of which people would have heard otherwise, in the order of their beginnings. */
const differencesOf = ({ now, tried }: Compared) => {
  const [before, after] = [now, tried].map((all) => new Map(all.map((each) => [each.event.id, each])))
  return [...new Set([...before!.keys(), ...after!.keys()])]
    .flatMap((id) => {
      const [was, would] = [before!.get(id), after!.get(id)]
      const what = differenceOf(was, would)
      return what === undefined ? [] : [{ what, was, would, event: (would ?? was!).event }]
    })
    .sort((a, b) => (a.event.opened_at < b.event.opened_at ? -1 : 1))
}

export const jsonOf = (compared: Compared): string => {
  const { fromMs, toMs, by, budget, now, tried, left } = compared
  return visibleJson(
    JSON.stringify({
      schema: "chaussettes.incidents-what-if.v1",
      from: rfc3339(fromMs),
      to: rfc3339(toMs),
      by,
      ...(budget === undefined ? {} : { budget_weekly: budget }),
      as_it_was: countOf(now),
      as_tried: countOf(tried),
      left_out: left,
      differences: differencesOf(compared).map(({ what, was, would, event }) => ({
        what,
        id: event.id,
        opened_at: event.opened_at,
        message: event.message,
        told_at: was?.told ?? null,
        would_be_told_at: would?.told ?? null,
        ...(would?.silenced === undefined || would.told !== undefined ? {} : { silenced_by: would.silenced.id })
      }))
    })
  )
}

const words = {
  also: "told, too",
  not: "not told",
  silenced: "silenced",
  later: "told later"
} as const

const sentence = (told: ReadonlyArray<ToldIncident>): string => {
  const { incidents, told: count, silenced } = countOf(told)
  return `${count} of ${incidents} told${silenced === 0 ? "" : `, ${silenced} silenced`}`
}

export const textOf = (compared: Compared, paint: Paint): string => {
  const { fromMs, toMs, by, now, tried, left } = compared
  const how =
    by === "lines"
      ? "decided again by the lines that LOGS holds"
      : "by the stored evidence; what grew between two events may have been told a little earlier"
  return [
    `${localTime(fromMs)} to ${localTime(toMs)}`,
    `As it was: ${sentence(now)}.`,
    `As tried: ${sentence(tried)} (${how}).`,
    ...(left === 0 ? [] : [`${left} older incidents are left out.`]),
    ...differencesOf(compared).map(({ what, event }) =>
      [
        paint(what === "also" ? "red" : "dim", words[what].padEnd(10)),
        localTime(parseRfc3339(event.opened_at)!),
        paint("bold", visibleText(event.message)),
        paint("dim", event.id)
      ].join("  ")
    )
  ]
    .map((line) => `${line}\n`)
    .join("")
}
