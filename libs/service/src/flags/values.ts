import { parseRfc3339 } from "@chaussettes/domain"
import { Option } from "effect"
import { Flag } from "effect/cli"

/** Flags whose text has a form of its own, told to whoever wrote another one. */

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const spanForm = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const spanPart = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/** Milliseconds of a span such as `20s`, `5m`, `1h30m` or `250ms`; `undefined` where the text is none. */
export const parseSpanMs = (text: string): number | undefined => {
  if (!spanForm.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(spanPart)) ms += Number(amount) * unitsMs[unit as keyof typeof unitsMs]
  return Math.round(ms)
}

/** A span as it is written: `10s`, `1m30s`. */
export const formatSpan = (ms: number): string => {
  if (ms === 0) return "0s"
  let rest = ms
  let text = ""
  for (const [unit, unitMs] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1]
  ] as const) {
    const n = Math.floor(rest / unitMs)
    if (n > 0) text += `${n}${unit}`
    rest -= n * unitMs
  }
  return text
}

/** A flag with a form: `expected` says which it is. */
export const formFlag = <A>(
  name: string,
  metavar: string,
  parse: (text: string) => A | undefined,
  expected: string
): Flag.Flag<A> => Flag.String(name).pipe(Flag.withMetavar(metavar), asForm(parse, expected))

/** The form for a flag that has more to say before it, such as a default or a fallback. */
export const asForm =
  <A>(parse: (text: string) => A | undefined, expected: string) =>
  (flag: Flag.Flag<string>): Flag.Flag<A> =>
    Flag.filterMap(
      flag,
      (text) => Option.fromUndefinedOr(parse(text)),
      () => expected
    )

export const spanExpected = "a span of time like 20s, 5m or 1h30m"

/** A span within bounds, for a flag that has more to say before it. */
export const asSpan = (leastMs: number, mostMs = Number.POSITIVE_INFINITY) =>
  asForm(
    (text) => {
      const ms = parseSpanMs(text)
      return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined
    },
    `${spanExpected}${boundsText(leastMs, mostMs)}`
  )

const boundsText = (leastMs: number, mostMs: number): string => {
  if (mostMs === Number.POSITIVE_INFINITY) return leastMs > 0 ? `, at least ${formatSpan(leastMs)}` : ""
  return leastMs > 0 ? `, between ${formatSpan(leastMs)} and ${formatSpan(mostMs)}` : `, at most ${formatSpan(mostMs)}`
}

export const spanFlag = (name: string): Flag.Flag<number> => formFlag(name, "span", parseSpanMs, spanExpected)

export const timeFlag = (name: string): Flag.Flag<number> =>
  formFlag(name, "time", parseRfc3339, "a time like 2026-01-05T03:00:00Z")

/** Holds a number within bounds, wherever it was said. */
export const within =
  (least: number, most: number) =>
  (flag: Flag.Flag<number>): Flag.Flag<number> =>
    Flag.filter(
      flag,
      (n) => n >= least && n <= most,
      () => `a number from ${least} to ${most}`
    )

export const portFlag = (name: string): Flag.Flag<number> =>
  Flag.Int(name).pipe(
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      () => "a port from 0 to 65535"
    )
  )

/** The token of `logs.<source>`: neither a dot nor a wildcard may stand in it. */
const sourceForm = /^[A-Za-z0-9_-]{1,64}$/

export const sourceFlag: Flag.Flag<string> = Flag.String("source").pipe(
  Flag.withMetavar("name"),
  Flag.filter(
    (source) => sourceForm.test(source),
    () => 'a name of up to 64 letters, digits, "_" and "-"'
  )
)

/** A share as a number, or in percent; undefined for other texts. */
export const parseShare = (text: string): number | undefined => {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? []
  const share = percent === undefined ? Number(text) : Number(percent) / 100
  return text.trim() === "" || Number.isNaN(share) ? undefined : share
}
