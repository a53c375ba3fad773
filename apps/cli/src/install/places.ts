import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { failed, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { programFolder } from "../program.ts"

/** Where the Debian package puts the command; the unit files of deploy/systemd name it. */
export const packagedProgram = "/usr/lib/chaussettes"

/** Where `install` puts it otherwise: a home folder, which the services cannot see, or npm's cache is no place for it. */
const ownProgram = "/usr/local/lib/chaussettes"

export interface Places {
  /** Whether the command was installed by a package, which then owns the program and the units. */
  readonly isPackaged: boolean
  /** Whether there is a systemd to talk to. */
  readonly isLive: boolean
  /** Where the services find the program: a path of the machine, without `root`. */
  readonly program: string
  readonly programFolder: string
  readonly units: string
  readonly settings: string
  readonly credentials: string
  /** The command on PATH, a link. */
  readonly link: string
  /** What the services keep: data and caches. */
  readonly kept: ReadonlyArray<string>
}

/** What systemd keeps for the services in a folder, ships of all sources included. */
const keptIn = (folder: string): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.startsWith("chaussettes-"))
        .map((name) => join(folder, name))
    : []

/** The paths of an installation below `root`. Fails where systemd does not run, or this user has no permission. */
export const placesIn = (root: Option.Option<string>, start = true): Effect.Effect<Places, UserFailure> => {
  const isLive = Option.isNone(root) && start
  if (process.platform !== "linux")
    return Effect.fail(wrongUsage("Services are installed on Linux with systemd; here, use chaussettes start."))
  if (Option.isNone(root) && process.getuid?.() !== 0)
    return Effect.fail(failed("Installing services needs root: run it with sudo."))
  if (isLive && !existsSync("/run/systemd/system"))
    return Effect.fail(
      failed(
        "systemd is not running here. Use chaussettes start or docker-compose.yml, or write the files for another machine with --root."
      )
    )
  const below = (path: string) =>
    join(
      Option.getOrElse(root, () => "/"),
      path
    )
  const isPackaged = programFolder() === packagedProgram
  const program = isPackaged ? packagedProgram : ownProgram
  return Effect.succeed({
    isPackaged,
    isLive,
    program,
    programFolder: below(program),
    units: below("etc/systemd/system"),
    settings: below("etc/chaussettes"),
    credentials: below("etc/chaussettes/credentials"),
    link: below("usr/local/bin/chaussettes"),
    kept: ["var/lib", "var/lib/private", "var/cache", "var/cache/private"].flatMap((folder) => keptIn(below(folder)))
  })
}
