import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url))

/** Where a run of the tests builds the command. As deep as its sources are, so that it finds the page in dist/web as they do. */
export const builtFolder = join(projectFolder, "node_modules", ".cache", "chaussettes-tests")
