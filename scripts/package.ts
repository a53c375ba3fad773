// Makes what Chaussettes is given away as: `npm run package -- npm`, `… archive x64`, `… deb arm64`, or several at once; into packages/.
// `--quick` packs the same less tightly, for a test.
// Node and nats-server for the other architecture come from the npm registry and from Go, each checked by its own sums.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { makeArchive } from "./package/archive.ts"
import { makeDeb } from "./package/deb.ts"
import { makeNpmPackage } from "./package/npm.ts"
import { type Architecture, architectures, out } from "./package/parts.ts"

const kinds = { npm: makeNpmPackage, archive: makeArchive, deb: makeDeb } as const

const main = () => {
  const given = process.argv.slice(2)
  const isQuick = given.includes("--quick")
  const wanted = given.filter((word) => word !== "--quick")
  const usage = "npm run package -- [--quick] npm | archive x64|arm64 | deb x64|arm64 …"
  if (wanted.length === 0) throw new Error(usage)
  mkdirSync(out, { recursive: true })
  while (wanted.length > 0) {
    const kind = wanted.shift() as keyof typeof kinds
    if (kinds[kind] === undefined) throw new Error(usage)
    const architecture = (kind === "npm" ? "x64" : wanted.shift()) as Architecture
    if (!architectures.includes(architecture)) throw new Error(usage)
    const { path, bytes } = kinds[kind](architecture, isQuick)
    process.stdout.write(`${join(path)}  ${(bytes / 2 ** 20).toFixed(1)} MiB\n`)
  }
}

try {
  main()
} catch (error) {
  process.stderr.write(`Packaging failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
