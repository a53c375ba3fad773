// Writes docs/formats.md from the table of formats: `npm run docs`.
import { writeFileSync } from "node:fs"
import { formatsReference } from "../apps/cli/src/config/formats.ts"

writeFileSync(new URL("../docs/formats.md", import.meta.url), formatsReference())
