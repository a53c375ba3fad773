import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { installFlags, uninstallFlags } from "./flags.ts"

export const installCommand = Command.make(
  "install",
  installFlags,
  lazy(async () => (await import("./install.ts")).install)
).pipe(
  Command.withDescription(
    "Install everything as systemd services that start at boot. Run it again after an update to update them."
  ),
  Command.withShortDescription("Install everything as systemd services"),
  Command.withExamples([
    {
      command: "sudo chaussettes install --logs '/var/log/nginx/*.log'",
      description: "Install everything and follow the logs of this machine"
    }
  ])
)

export const uninstallCommand = Command.make(
  "uninstall",
  uninstallFlags,
  lazy(async () => (await import("./uninstall.ts")).uninstall)
).pipe(
  Command.withDescription(
    "Stop and remove the services that `install` created; stored data stays for the next install"
  ),
  Command.withShortDescription("Remove the services that install created")
)
