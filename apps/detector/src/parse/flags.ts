import { jsonFlag, readingFlags, within } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const parseFlags = {
  files: Argument.String("file").pipe(
    Argument.withDescription("Log files, plain or compressed (gzip, zstd, bzip2, xz); - is standard input"),
    Argument.variadic({ min: 1 })
  ),
  examples: Flag.Int("examples").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Show the first N lines for each reason"),
    within(0, 10_000),
    Flag.withDefault(3)
  ),
  fields: Flag.Int("fields").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(
      "Print client, time, method, URL, status and size of the first N lines as JSON lines, and the report on standard error"
    ),
    within(0, 1_000_000),
    Flag.withDefault(0)
  ),
  ...readingFlags,
  json: jsonFlag
} as const

export type ParseInput = Command.Command.Config.Infer<typeof parseFlags>
