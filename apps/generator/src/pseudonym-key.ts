import { readFile } from "node:fs/promises"
import { failed, reasonOf, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Config, Effect, Option, Redacted } from "effect"
import { keyFromText, leastKeyBytes, type Pseudonymizer, pseudonymizer } from "./pseudonymize.ts"

export interface PseudonymFlags {
  readonly pseudonymize: boolean
  readonly pseudonymKeyFile: Option.Option<string>
}

const guessable = (where: string) =>
  wrongUsage(
    `The key for pseudonyms in ${where} is too weak: it is shorter than ${leastKeyBytes} bytes or repeats itself. Create one with \`openssl rand -hex 32\`.`
  )

/** The pseudonymizer that the flags ask for, or none. The key stands in a file or in CHAUSSETTES_PSEUDONYM_KEY. */
export const pseudonymizerOf = (
  flags: PseudonymFlags
): Effect.Effect<Pseudonymizer | undefined, UserFailure | Config.ConfigError> =>
  Effect.gen(function* () {
    if (!flags.pseudonymize) return undefined
    if (Option.isSome(flags.pseudonymKeyFile)) {
      const file = flags.pseudonymKeyFile.value
      const text = yield* Effect.tryPromise({
        try: () => readFile(file, "utf8"),
        catch: (cause) => failed(`Cannot read the key for pseudonyms in ${file}: ${reasonOf(cause)}.`, cause)
      })
      const key = keyFromText(text)
      return key === undefined ? yield* guessable(file) : pseudonymizer(key)
    }
    const text = yield* Config.option(Config.Redacted("CHAUSSETTES_PSEUDONYM_KEY"))
    if (Option.isNone(text)) {
      return yield* wrongUsage(
        "--pseudonymize needs a key: give its file with --pseudonym-key-file, or set CHAUSSETTES_PSEUDONYM_KEY."
      )
    }
    const key = keyFromText(Redacted.value(text.value))
    return key === undefined ? yield* guessable("CHAUSSETTES_PSEUDONYM_KEY") : pseudonymizer(key)
  })
