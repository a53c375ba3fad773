import { everyDimension } from "@chaussettes/domain"
import { formFlag } from "@chaussettes/service"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { methodFlag, mostUnexplainedFlag, sourceFlags, targetFlag } from "../flags.ts"

const rateFlag = (dimension: string) =>
  formFlag(
    dimension,
    "rate",
    (text) => {
      const rate = Number(text)
      return text.trim() !== "" && rate >= 0 && rate <= 1 ? rate : undefined
    },
    "a rate from 0 to 1, like 0.4"
  ).pipe(Flag.withDescription(`Threshold to try for ${dimension}`), Flag.optional)

export const whatIfCommand = Command.make(
  "what-if",
  {
    ...sourceFlags,
    rates: everyDimension(({ name }) => rateFlag(name)),
    file: Flag.String("file").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("Thresholds to try, as JSON"),
      Flag.optional
    ),
    method: methodFlag.pipe(Flag.optional),
    target: targetFlag,
    mostUnexplained: mostUnexplainedFlag,
    seuils: Flag.String("seuils").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("With --from: thresholds to compare with, as JSON (else 0.1, 0.3, 0.5)"),
      Flag.optional
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./run.ts")),
      ({ whatIf }) => whatIf(input)
    )
).pipe(
  Command.withDescription(
    "What would have alerted over the history with other thresholds, beside those in force; writes nothing"
  ),
  Command.withExamples([
    { command: "chaussettes thresholds what-if --ip 0.4", description: "Another threshold for IPs" },
    { command: "chaussettes thresholds what-if --method calibrated --target 0.5%", description: "What that would find" }
  ])
)
