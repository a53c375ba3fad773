import { parseRfc3339 } from "@chaussettes/domain"
import { Config, Option } from "effect"
import { Flag } from "effect/cli"
import { parseDurationMs } from "./duration.ts"

/** Flags that `generate` and `replay` share, and the forms of their values. */

/** A flag whose text has a form of its own. `expected` says which, for whoever wrote another one. */
export const formFlag = <A>(
  name: string,
  metavar: string,
  parse: (text: string) => A | undefined,
  expected: string
): Flag.Flag<A> =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(parse(text)),
      (text) => `"${text}" is not ${expected}`
    )
  )

/** A share of lines, in percent on the command line and from 0 to 1 inside. */
export const percentFlag = (name: string): Flag.Flag<number> =>
  Flag.Finite(name).pipe(
    Flag.withMetavar("%"),
    Flag.filter(
      (percent) => percent >= 0 && percent <= 100,
      (percent) => `${percent} is not a percentage from 0 to 100`
    ),
    Flag.map((percent) => percent / 100)
  )

export const spanFlag = (name: string): Flag.Flag<number> =>
  formFlag(name, "span", parseDurationMs, "a span of time like 20s, 5m or 1h30m")

export const timeFlag = (name: string): Flag.Flag<number> =>
  formFlag(name, "time", parseRfc3339, "a time like 2026-01-05T03:00:00Z")

/** The token of `logs.<source>`: neither a dot nor a wildcard may stand in it. */
const sourceForm = /^[A-Za-z0-9_-]{1,64}$/

export const sourceFlag = Flag.String("source").pipe(
  Flag.withMetavar("name"),
  Flag.filter(
    (source) => sourceForm.test(source),
    (source) => `"${source}" cannot name a source: up to 64 letters, digits, "_" and "-"`
  ),
  Flag.withFallbackConfig(Config.String("CHAUSSETTES_SOURCE"))
)

/** A name made safe for a subject's token. */
export const sourceOf = (name: string): string => {
  const safe = name
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64)
  return safe === "" ? "unnamed" : safe
}

/** `--pseudonymize`, and where its key is. The key itself is never an argument: the machine's other users see those. */
export const pseudonymizeFlags = {
  pseudonymize: Flag.Boolean("pseudonymize").pipe(
    Flag.withDescription("Replace client addresses by a keyed hash before anything is sent"),
    Flag.withDefault(false)
  ),
  pseudonymKeyFile: Flag.String("pseudonym-key-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("File with the key, 16 bytes or more; otherwise CHAUSSETTES_PSEUDONYM_KEY holds it"),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_PSEUDONYM_KEY_FILE")),
    Flag.optional
  )
} as const
