import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder that holds the command with its deploy/: the clone, or what npm, a package or the archive installed. */
export const programFolder = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "deploy", "nats.conf")) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** A file of that folder by its path in it. */
export const programFile = (...path: ReadonlyArray<string>): string => join(programFolder(), ...path)

/** A file of deploy/ by its name. */
export const deployFile = (name: string): string => programFile("deploy", name)
