import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { ackFlags, liftFlags, listActsFlags, maintenanceFlags, noteFlags, silenceFlags } from "./flags.ts"

const ackCommand = Command.make(
  "ack",
  ackFlags,
  lazy(async () => (await import("./say.ts")).ack)
).pipe(
  Command.withDescription("Acknowledge an incident: somebody looks after it"),
  Command.withExamples([
    {
      command:
        "chaussettes incidents ack server-errors.url.20261128T101500Z-10s.0011223344556677 --note 'Rolling back'",
      description: "Acknowledge, and say what is done about it"
    }
  ])
)

const silenceCommand = Command.make(
  "silence",
  silenceFlags,
  lazy(async () => (await import("./say.ts")).silence)
).pipe(
  Command.withDescription("Tell nobody of an incident, or of those that match, until it ends"),
  Command.withExamples([
    {
      command: "chaussettes incidents silence --kind client-errors --key 203.0.113.0/24 --for 8h",
      description: "Silence a scanner of your own for a working day"
    },
    {
      command: "chaussettes incidents silence --key /beta --until 2026-12-01T08:00:00Z",
      description: "Silence a URL until Tuesday"
    }
  ])
)

const noteCommand = Command.make(
  "note",
  noteFlags,
  lazy(async () => (await import("./say.ts")).note)
).pipe(Command.withDescription("Note something about an incident, for whoever looks at it later"))

const maintenanceCommand = Command.make(
  "maintenance",
  maintenanceFlags,
  lazy(async () => (await import("./say.ts")).maintenance)
).pipe(
  Command.withDescription("Declare a maintenance: nobody is told of any incident meanwhile"),
  Command.withExamples([
    { command: "chaussettes incidents maintenance --for 30m --note 'Moving the database'", description: "From now on" },
    {
      command: "chaussettes incidents maintenance --from 2026-11-29T02:00:00Z --until 2026-11-29T04:00:00Z",
      description: "Next night"
    }
  ])
)

const liftCommand = Command.make(
  "lift",
  liftFlags,
  lazy(async () => (await import("./say.ts")).lift)
).pipe(Command.withDescription("Take back an act: a silence or maintenance ends now, an acknowledgement or note goes"))

const listActsCommand = Command.make(
  "acts",
  listActsFlags,
  lazy(async () => (await import("./list.ts")).listActs)
).pipe(Command.withDescription("List what was said about incidents, one act per line, the newest last"))

export const actCommands = [
  ackCommand,
  silenceCommand,
  noteCommand,
  maintenanceCommand,
  liftCommand,
  listActsCommand
] as const
