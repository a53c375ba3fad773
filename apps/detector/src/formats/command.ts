import { whyNoFormat } from "@chaussettes/domain"
import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"

const source = Argument.String("source").pipe(
  Argument.withDescription("Whose lines: the token of logs.<source>"),
  Argument.filterMap(
    (text) => (whyNoFormat(text, "combined") === undefined ? Option.some(text) : Option.none()),
    () => "a source such as web1"
  )
)

const setCommand = Command.make(
  "set",
  {
    nats: natsFlags,
    source,
    format: Argument.String("format").pipe(
      Argument.withDescription(
        "A name such as combined, a format string as in nginx' or Apache's configuration, or the line that names the columns"
      ),
      Argument.filterMap(
        (text) => (whyNoFormat("x", text.trim()) === undefined ? Option.some(text.trim()) : Option.none()),
        () =>
          "a format's name such as combined, a format string such as '$remote_addr [$time_local] \"$request\" $status', or '#Fields: date time …'"
      )
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./change.ts")),
      ({ set }) => set(input)
    )
).pipe(
  Command.withDescription("Declare what format the lines of a source have, in place of what they show"),
  Command.withExamples([
    { command: "chaussettes formats set web1 combined", description: "Nothing else is tried for web1's lines" },
    {
      command: "chaussettes formats set iis '#Fields: date time c-ip cs-method cs-uri-stem sc-status'",
      description: "Lines whose columns are named elsewhere"
    }
  ])
)

const unsetCommand = Command.make("unset", { nats: natsFlags, source, json: jsonFlag }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./change.ts")),
    ({ unset }) => unset(input)
  )
).pipe(Command.withDescription("Let the lines of a source show their format again"))

const listCommand = Command.make("list", { nats: natsFlags, json: jsonFlag }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./change.ts")),
    ({ list }) => list(input)
  )
).pipe(Command.withDescription("The formats that are declared, one source a line"))

export const formatsCommand = Command.make("formats").pipe(
  Command.withDescription("Formats declared by source; the detector follows them without a restart"),
  Command.withSubcommands([setCommand, listCommand, unsetCommand])
)
