import { runMain } from "@chaussettes/service"
import { root } from "./root.ts"
import { version } from "./version.ts"

runMain(root, { version, args: process.argv.slice(2) })
