import { runMain } from "@chaussettes/service"
import { root } from "./root.ts"
import { withSeveralFiles } from "./several-files.ts"
import { version } from "./version.ts"

runMain(root, { version, args: withSeveralFiles(process.argv.slice(2)) })
