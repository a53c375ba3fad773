import { Effect, Result } from "effect"
import { CliError, Flag } from "effect/cli"

/** A value, or what was expected in its place. */
export type Read<A> = Result.Result<A, string>

/** A flag whose value is read by a function that says what it expected. */
export const flagOf =
  <A>(option: string, of: (text: string) => Read<A>) =>
  (flag: Flag.Flag<string>): Flag.Flag<A> =>
    Flag.mapEffect(flag, (value) => {
      const found = of(value)
      return Result.isSuccess(found)
        ? Effect.succeed(found.success)
        : Effect.fail(new CliError.InvalidValue({ option, value, expected: found.failure, kind: "flag" }))
    })
