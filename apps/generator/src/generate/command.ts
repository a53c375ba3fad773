import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { generateFlags } from "./flags.ts"

export const generateCommand = Command.make(
  "generate",
  generateFlags,
  lazy(async () => (await import("./run.ts")).runGenerate)
).pipe(
  Command.withDescription(
    "Write simulated access logs: a steady rate, clients and URLs that fail, and simulated incidents"
  ),
  Command.withShortDescription("Send simulated traffic to LOGS"),
  Command.withExamples([
    { command: "chaussettes generate", description: "Write five lines per second, until Ctrl-C" },
    {
      command: "chaussettes generate --rate max --start 2026-01-01T00:00:00Z --per-second 5 --seed 1",
      description: "Write history up to now, as fast as possible"
    },
    {
      command: "chaussettes generate --incident ip:192.168.1.200@+2m/5m,rate=0.7,requests=2/s --labels labels.jsonl",
      description: "Simulate an attack that begins in two minutes, and note it in a file"
    }
  ])
)
