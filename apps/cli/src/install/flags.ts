import { sourceFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

const rootFlag = Flag.String("root").pipe(
  Flag.withMetavar("folder"),
  Flag.withDescription(
    "Write the files below this folder, as for an image, and start nothing (default: install on this machine)"
  ),
  Flag.optional
)

export const installFlags = {
  logs: Flag.String("logs").pipe(
    Flag.withMetavar("file|pattern"),
    Flag.withDescription("Follow these log files with `ship` as a service: '/var/log/nginx/*.log'; may be repeated"),
    Flag.atLeast(0)
  ),
  source: sourceFlag.pipe(Flag.withDescription("Send the lines of --logs as this source"), Flag.withDefault("web")),
  start: Flag.Boolean("start").pipe(
    Flag.withDescription("Start the services now; with --no-start they start at the next boot"),
    Flag.withDefault(true)
  ),
  root: rootFlag
} as const

export type InstallInput = Command.Command.Config.Infer<typeof installFlags>

export const uninstallFlags = {
  purge: Flag.Boolean("purge").pipe(
    Flag.withDescription("Also delete the stored data, the passwords and the settings"),
    Flag.withDefault(false)
  ),
  root: rootFlag
} as const

export type UninstallInput = Command.Command.Config.Infer<typeof uninstallFlags>
