import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder deploy/, from a bundle (dist/) or from source. */
const deployFolder = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "deploy", "nats.conf")) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, "deploy")
}

/** A file of deploy/ by its name. */
export const deployFile = (name: string): string => join(deployFolder(), name)
