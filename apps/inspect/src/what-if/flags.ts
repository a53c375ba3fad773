import { type ActMatch, actOf, causeDimensions, incidentKinds } from "@chaussettes/domain"
import { asForm, asSpan, historyFlags } from "@chaussettes/service"
import { Result } from "effect"
import { type Command, Flag } from "effect/cli"

const { asGiven: _files, ...readingLogs } = historyFlags

/** `kind=client-errors key=203.0.113.0/24`: what a silence matches, as one text. */
export const matchOf = (text: string): ActMatch | undefined => {
  const match: { [field: string]: string } = {}
  for (const part of text.trim().split(/\s+/)) {
    const [, field, value] = /^(kind|dimension|key)=(.+)$/.exec(part) ?? []
    if (field === undefined || value === undefined || match[field] !== undefined) return undefined
    match[field] = value
  }
  const isKnown = (value: string | undefined, names: ReadonlyArray<string>) =>
    value === undefined || names.includes(value)
  if (!isKnown(match.kind, incidentKinds) || !isKnown(match.dimension, causeDimensions)) return undefined
  const span = { from: "1970-01-01T00:00:00Z", until: "1970-01-01T00:00:01Z" }
  const act = actOf({ type: "silence", match, ...span }, { by: "what-if", atMs: 0, token: "0" })
  return Result.isSuccess(act) ? match : undefined
}

export const whatIfFlags = {
  ...readingLogs,
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Look at incidents of this span before the newest decided window"),
    Flag.withDefault("30d"),
    asSpan(1)
  ),
  budget: Flag.Finite("budget").pipe(
    Flag.withMetavar("number"),
    Flag.withDescription(
      "Allow this many false incidents a week; more than were allowed needs the lines of LOGS again (default: as it was)"
    ),
    Flag.filter(
      (n) => n > 0 && n <= 1_000,
      () => "a number above 0, up to 1000"
    ),
    Flag.optional
  ),
  silence: Flag.String("silence").pipe(
    Flag.withMetavar("match"),
    Flag.withDescription(
      "Silence all along what this matches, such as 'kind=client-errors key=203.0.113.0/24'; may be repeated"
    ),
    asForm(matchOf, "kind=…, dimension=… or key=…, separated by spaces"),
    Flag.atLeast(0)
  ),
  withoutActs: Flag.Boolean("without-acts").pipe(
    Flag.withDescription("As if nobody had silenced anything, nor declared a maintenance"),
    Flag.withDefault(false)
  ),
  lines: Flag.Boolean("lines").pipe(
    Flag.withDescription("Decide the incidents again by the lines that LOGS holds, instead of by the stored evidence"),
    Flag.withDefault(false)
  )
} as const

export type WhatIfIncidentsInput = Command.Command.Config.Infer<typeof whatIfFlags>
