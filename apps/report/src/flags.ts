import { asForm, asSpan, historyFlags } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"
import { zoneOf } from "./zone.ts"

export const reportFlags = {
  files: Argument.String("file").pipe(
    Argument.withDescription(
      "Log files, plain or compressed (gzip, zstd, bzip2, xz), read in the order of their times; - is standard input; none: LOGS"
    ),
    Argument.variadic({ min: 0 })
  ),
  output: Flag.String("output").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Write the report as HTML to this file; - prints it as text"),
    Flag.withDefault("-")
  ),
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Of LOGS, report on the requests of this last span, such as 7d (default: all of them)"),
    asSpan(1000),
    Flag.optional
  ),
  zone: Flag.String("zone").pipe(
    Flag.withMetavar("zone"),
    Flag.withDescription(
      "Show times, hours and days in this zone: Europe/Paris, +02:00 or UTC (default: this machine's)"
    ),
    asForm(zoneOf, "a zone like Europe/Paris, +02:00 or UTC"),
    Flag.optional
  ),
  ...historyFlags,
  thresholds: Flag.String("seuils").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription('With files: use the thresholds in this JSON file: {"global": 0.1, "ip": 0.3, "url": 0.5}'),
    Flag.optional
  ),
  json: historyFlags.json.pipe(Flag.withDescription("Print what the report says as JSON"))
} as const

export type ReportInput = Command.Command.Config.Infer<typeof reportFlags>
