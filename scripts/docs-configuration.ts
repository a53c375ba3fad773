// Writes docs/configuration.md from the commands: `npm run docs`.
import { writeFileSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { configurationReference } from "../apps/cli/src/config/reference.ts"
import { root } from "../apps/cli/src/root.ts"

const text = await Effect.runPromise(configurationReference(root).pipe(Effect.provide(NodeServices.layer)))
writeFileSync(new URL("../docs/configuration.md", import.meta.url), text)
