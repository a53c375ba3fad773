import { jsonFlag } from "@chaussettes/service"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { readingFlags } from "../reading-flags.ts"

export const parseCommand = Command.make(
  "parse",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("Log files, plain or packed (gzip, zstd, bzip2, xz); - is standard input"),
      Argument.variadic({ min: 1 })
    ),
    examples: Flag.Int("examples").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Show the first N lines a reason"),
      Flag.filter(
        (n) => n >= 0 && n <= 10_000,
        () => `a number from 0 to 10000`
      ),
      Flag.withDefault(3)
    ),
    fields: Flag.Int("fields").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription(
        "Print client, time, method, URL, status and size of the first N lines as JSON lines; the report then goes to standard error"
      ),
      Flag.filter(
        (n) => n >= 0 && n <= 1_000_000,
        () => "a number from 0 to 1000000"
      ),
      Flag.withDefault(0)
    ),
    ...readingFlags,
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./parse.ts")),
      ({ parse }) => parse(input)
    )
).pipe(
  Command.withDescription(
    "Which lines of log files parse, as which format and with which fields, why others do not, and what to do next. Exits 1 if most do not."
  ),
  Command.withShortDescription("Which lines parse, and why others do not"),
  Command.withExamples([
    { command: "chaussettes parse access.log", description: "Before a log is replayed" },
    { command: "chaussettes parse access.log* --examples 20", description: "More lines a reason" }
  ])
)
