import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { deployFile } from "../program.ts"
import { type Places, packagedProgram } from "./places.ts"

/** Every file of deploy/systemd, by its path in there. */
const unitFiles = (): ReadonlyArray<string> =>
  readdirSync(deployFile("systemd"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(deployFile("systemd").length + 1))

/** Writes the units, which name where the program is. Fails as the file system does. */
export const writeUnits = ({ units, program }: Places): void => {
  for (const name of unitFiles()) {
    const path = join(units, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(
      path,
      readFileSync(deployFile(join("systemd", name)), "utf8").replaceAll(`${packagedProgram}/`, `${program}/`)
    )
  }
}

/** Takes the units away. */
export const removeUnits = ({ units }: Places): void => {
  for (const name of unitFiles()) {
    rmSync(join(units, name), { force: true })
    if (dirname(name) !== ".") rmSync(join(units, dirname(name)), { recursive: true, force: true })
  }
}
