import { sourceFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

const rootFlag = Flag.String("root").pipe(
  Flag.withMetavar("folder"),
  Flag.withDescription("Write below this folder, as for an image, and start nothing (default: this machine)"),
  Flag.optional
)

export const installFlags = {
  logs: Flag.String("logs").pipe(
    Flag.withMetavar("file|pattern"),
    Flag.withDescription("Log files that `ship` follows as a service: '/var/log/nginx/*.log'; may be repeated"),
    Flag.atLeast(0)
  ),
  source: sourceFlag.pipe(Flag.withDescription("Who the lines of --logs come from"), Flag.withDefault("web")),
  start: Flag.Boolean("start").pipe(
    Flag.withDescription("Start the services now, too; --no-start leaves that to the next boot"),
    Flag.withDefault(true)
  ),
  root: rootFlag
} as const

export type InstallInput = Command.Command.Config.Infer<typeof installFlags>

export const uninstallFlags = {
  purge: Flag.Boolean("purge").pipe(
    Flag.withDescription("Also delete what was stored, the passwords and the settings"),
    Flag.withDefault(false)
  ),
  root: rootFlag
} as const

export type UninstallInput = Command.Command.Config.Infer<typeof uninstallFlags>
