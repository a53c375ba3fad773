import { asGivenFlag, detectionFlags, jsonFlag } from "@chaussettes/service"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

export const analyzeCommand = Command.make(
  "analyze",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription(
        "Log files, plain or packed (gzip, zstd, bzip2, xz), read in the order of their times; - is standard input"
      ),
      Argument.variadic({ min: 1 })
    ),
    ...detectionFlags({ allowedLatenessMs: 3_600_000 }),
    seuils: Flag.String("seuils").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription('Thresholds as JSON: {"global": 0.1, "ip": 0.3, "url": 0.5}'),
      Flag.optional
    ),
    asGiven: asGivenFlag,
    json: jsonFlag.pipe(Flag.withDescription("Print the summary, too, as JSON: the last line on standard output"))
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./analyze.ts")),
      ({ analyze }) => analyze(input)
    )
).pipe(
  Command.withDescription(
    "Detect over files, without a server: alerts as JSON lines on stdout, a summary on stderr. Exits 1 if most lines get no verdict."
  ),
  Command.withExamples([
    { command: "chaussettes analyze access.log", description: "What would have alerted" },
    { command: "chaussettes analyze access.log*", description: "Rotated files, put in the order of their times" },
    {
      command: "ssh web1 cat access.log | chaussettes analyze - --window 1m",
      description: "From standard input, by minute"
    }
  ])
)
