import { dashboardCommand } from "@chaussettes/dashboard"
import {
  analyzeCommand,
  detectCommand,
  formatsCommand,
  ignoreCommand,
  parseCommand,
  verifyCommand
} from "@chaussettes/detector"
import { generateCommand, replayCommand, shipCommand } from "@chaussettes/generator"
import { alertsCommand, explainCommand, incidentsCommand, statusCommand, topCommand } from "@chaussettes/inspect"
import { notifyCommand } from "@chaussettes/notify"
import { reportCommand } from "@chaussettes/report"
import { thresholdsCommand } from "@chaussettes/thresholds"
import { Command } from "effect/cli"
import { configCommand } from "./config/command.ts"
import { credentialsCommand } from "./credentials/command.ts"
import { eraseCommand } from "./erase/command.ts"
import { initCommand } from "./init/command.ts"
import { installCommand, uninstallCommand } from "./install/command.ts"
import { serveCommand } from "./serve/command.ts"
import { startCommand } from "./start/command.ts"

/** The command `chaussettes`: the apps' commands put together. Handlers are loaded when they are called. */
export const root = Command.make("chaussettes").pipe(
  Command.withDescription(
    "Watches HTTP access logs as they are written and raises an alert when errors rise above a threshold."
  ),
  Command.withSubcommands([
    { group: "Run", commands: [startCommand, detectCommand, thresholdsCommand, dashboardCommand, notifyCommand] },
    { group: "Bring lines", commands: [shipCommand, replayCommand, generateCommand] },
    {
      group: "Look",
      commands: [
        analyzeCommand,
        reportCommand,
        alertsCommand,
        incidentsCommand,
        explainCommand,
        statusCommand,
        topCommand,
        verifyCommand,
        parseCommand
      ]
    },
    {
      group: "Set up",
      commands: [
        initCommand,
        ignoreCommand,
        formatsCommand,
        installCommand,
        uninstallCommand,
        serveCommand,
        credentialsCommand,
        configCommand((): Command.Command.Any => root),
        eraseCommand
      ]
    }
  ])
)
