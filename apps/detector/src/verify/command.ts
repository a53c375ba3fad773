import { jsonFlag, natsFlags, timeFlag } from "@chaussettes/service"
import { Config, Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const verifyCommand = Command.make(
  "verify",
  {
    nats: natsFlags,
    from: timeFlag("from").pipe(Flag.withDescription("Only windows that end after this time"), Flag.optional),
    to: timeFlag("to").pipe(Flag.withDescription("Only windows that begin before this time"), Flag.optional),
    examples: Flag.Int("examples").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Name the first N differences"),
      Flag.filter(
        (n) => n >= 0 && n <= 100_000,
        () => `a number from 0 to 100000`
      ),
      Flag.withDefault(20)
    ),
    fold: Flag.Literals("fold", ["auto", "thread", "inline"]).pipe(
      Flag.withDescription("Fold lines in a thread of its own (auto: where there is a second core)"),
      Flag.withFallbackConfig(Config.Literals(["auto", "thread", "inline"], "CHAUSSETTES_FOLD")),
      Flag.withDefault("auto")
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./verify.ts")),
      ({ verify }) => verify(input)
    )
).pipe(
  Command.withDescription(
    "Derive windows and alerts again from LOGS and compare: what is lost, extra or different; exit 1 unless nothing is"
  ),
  Command.withShortDescription("Derive everything again from LOGS and compare"),
  Command.withExamples([
    { command: "chaussettes verify", description: "All that LOGS still holds" },
    {
      command: "chaussettes verify --from 2026-01-05T00:00:00Z --json",
      description: "Since a time, the result as JSON"
    }
  ])
)
