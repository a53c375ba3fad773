import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { emptyFolder, type Made, made, manifest, out, putCommand, run } from "./parts.ts"

/** Of the user's own Node; scripts/launcher.mjs says the same to those who pass over this. */
export const engines = { node: ">=22.15" }

/** The package for `npm i -g`: everything in the bundle, so nothing to install beside it; the user's own Node runs it. */
export const makeNpmPackage = (): Made => {
  const folder = emptyFolder("npm")
  putCommand(folder)
  const { name, version, description, license } = manifest
  const published = {
    name,
    version,
    description,
    license,
    type: "module",
    bin: { chaussettes: "dist/chaussettes.mjs" },
    engines
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(published, null, 2)}\n`)
  const packed = run("npm", ["pack", "--silent", "--pack-destination", out], folder).trim()
  return made(join(out, packed))
}
