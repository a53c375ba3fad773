import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

const rootFlag = Flag.String("root").pipe(
  Flag.withMetavar("folder"),
  Flag.withDescription("Write below this folder, as for an image, and start nothing (default: this machine)"),
  Flag.optional
)

export const installCommand = Command.make(
  "install",
  {
    logs: Flag.String("logs").pipe(
      Flag.withMetavar("file|pattern"),
      Flag.withDescription("Log files that `ship` follows as a service: '/var/log/nginx/*.log'; may be repeated"),
      Flag.atLeast(0)
    ),
    source: Flag.String("source").pipe(
      Flag.withMetavar("name"),
      Flag.withDescription("Who the lines of --logs come from"),
      Flag.filter(
        (source) => /^[A-Za-z0-9_-]{1,64}$/.test(source),
        () => 'a name of up to 64 letters, digits, "_" and "-"'
      ),
      Flag.withDefault("web")
    ),
    start: Flag.Boolean("start").pipe(
      Flag.withDescription("Start the services now, too; --no-start leaves that to the next boot"),
      Flag.withDefault(true)
    ),
    root: rootFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./install.ts")),
      ({ install }) => install(input)
    )
).pipe(
  Command.withDescription(
    "Install everything as systemd services that start with the machine; again, after an update, it brings them up to date"
  ),
  Command.withShortDescription("Install everything as systemd services"),
  Command.withExamples([
    {
      command: "sudo chaussettes install --logs '/var/log/nginx/*.log'",
      description: "The whole set, following the logs of this machine"
    }
  ])
)

export const uninstallCommand = Command.make(
  "uninstall",
  {
    purge: Flag.Boolean("purge").pipe(
      Flag.withDescription("Also delete what was stored, the passwords and the settings"),
      Flag.withDefault(false)
    ),
    root: rootFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./uninstall.ts")),
      ({ uninstall }) => uninstall(input)
    )
).pipe(
  Command.withDescription(
    "Stop and remove the services that `install` made; what was stored stays for the next install"
  ),
  Command.withShortDescription("Remove the services that install made")
)
