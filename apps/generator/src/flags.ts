import { sourceFlag } from "@chaussettes/service"
import { Config } from "effect"
import { Flag } from "effect/cli"

/** Flags that `generate` and `replay` share, and the forms of their values. */

/** A share, in percent. */
export const percentFlag = (name: string): Flag.Flag<number> =>
  Flag.Finite(name).pipe(
    Flag.withMetavar("%"),
    Flag.filter(
      (percent) => percent >= 0 && percent <= 100,
      () => "a percentage from 0 to 100"
    )
  )

/** Who the lines come from: said here, or in the configuration. */
export const ownSourceFlag = sourceFlag.pipe(Flag.withFallbackConfig(Config.String("CHAUSSETTES_SOURCE")))

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
    Flag.withDescription("Replace client addresses with a keyed hash before sending"),
    Flag.withDefault(false)
  ),
  pseudonymKeyFile: Flag.String("pseudonym-key-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Read the key, at least 16 bytes, from this file (default: the key in CHAUSSETTES_PSEUDONYM_KEY)"
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_PSEUDONYM_KEY_FILE")),
    Flag.optional
  )
} as const
