import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { reportFlags } from "./flags.ts"

export const reportCommand = Command.make(
  "report",
  reportFlags,
  lazy(async () => (await import("./run.ts")).report)
).pipe(
  Command.withDescription(
    "Report on log files, or on LOGS where no file is named: traffic, errors, incidents, top URLs, clients, referrers, agents, hours, response times. Prints text, or writes one HTML file with --output."
  ),
  Command.withExamples([
    { command: "chaussettes report access.log*", description: "Print a report of rotated files" },
    {
      command: "chaussettes report access.log* --output report.html",
      description: "Write it as one HTML file that opens from disk and prints"
    },
    {
      command: "chaussettes report --since 7d --output week.html",
      description: "Report on the last week of LOGS"
    }
  ])
)
