import { dimensions, parseSeuil, type Seuil } from "@chaussettes/domain"
import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"

const names = `${dimensions.slice(0, -1).join(", ")} or ${dimensions.at(-1)}`

/** A threshold as people write it: a rate, a percentage, or a table as `nats kv get seuils ip --raw` prints it. */
export const seuilOf = (text: string): Seuil | undefined => {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  const parsed = parseSeuil(percent === null ? text : `${Number(percent[1]) / 100}`)
  return parsed.ok ? parsed.value : undefined
}

export const setCommand = Command.make(
  "set",
  {
    nats: natsFlags,
    dimension: Argument.Literals("dimension", dimensions).pipe(
      Argument.withDescription(`What it is the threshold of: ${names}`)
    ),
    seuil: Argument.String("threshold").pipe(
      Argument.withDescription("A rate such as 0.4 or 40%, or a table as JSON"),
      Argument.filterMap(
        (text) => Option.fromUndefinedOr(seuilOf(text)),
        () => 'a rate from 0 to 1 like 0.4 or 40%, or a table like {"rate":0.4,"least_errors":[[5,3]]}'
      )
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./set.ts")),
      ({ set }) => set(input)
    )
).pipe(
  Command.withDescription("Put a threshold in force by hand; what is learnt leaves it alone until it is unset"),
  Command.withExamples([
    { command: "chaussettes thresholds set ip 0.4", description: "Alert for a client of which more than 40 % fails" }
  ])
)

export const unsetCommand = Command.make(
  "unset",
  {
    nats: natsFlags,
    key: Argument.String("key").pipe(
      Argument.withDescription(`${names}; or a key that \`chaussettes status\` says nothing reads`)
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./unset.ts")),
      ({ unset }) => unset(input)
    )
).pipe(
  Command.withDescription(
    "Take back a threshold that was put by hand: what was last learnt is in force again, and is learnt further"
  ),
  Command.withExamples([
    { command: "chaussettes thresholds unset ip", description: "Undo `set ip`" },
    { command: "chaussettes thresholds unset urls", description: "Remove a key that nothing reads" }
  ])
)
