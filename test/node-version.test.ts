import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { engines } from "../scripts/package/npm.ts"

/*
 * Two versions of Node are asked for, and each stands in several places: the one that the command runs on, for who installs the package, and the
 * one that is enough in a clone, which brings a Node of its own.
 */

const read = (path: string) => readFileSync(join(projectFolder, path), "utf8")
/** Wherever its lines are broken. */
const prose = (path: string) => read(path).replace(/\s+/g, " ")
const manifest = JSON.parse(read("package.json")) as {
  readonly engines: { readonly node: string }
  readonly dependencies: { readonly node: string }
}
const found = (path: string, pattern: RegExp): string => {
  const match = pattern.exec(read(path))
  assert.isNotNull(match, `${path} has nothing like ${pattern}`)
  return match!.slice(1).join(".")
}
/** As numbers that can be compared. */
const order = (version: string) => version.split(".").map(Number)
const isAtLeast = (version: string, least: string) => {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [order(version), order(least)]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

/** What the launcher refuses to run below. */
const runsOn = found("scripts/launcher.mjs", /^const least = \[(\d+), (\d+)\]/m)
const brought = manifest.dependencies.node
const inClone = manifest.engines.node.replace(">=", "")

describe("the Node that the command runs on", () => {
  it("is asked for by the package that is given away", () => {
    assert.strictEqual(engines.node, `>=${runsOn}`)
  })
  it("is what the bundle is made for", () => {
    assert.strictEqual(found("scripts/build.mjs", /target: "node(\d+)\.(\d+)"/), runsOn)
  })
  it("is named for the package's users, and nowhere another", () => {
    const install = prose("docs/install.md")
    assert.include(install, `| Node ${runsOn} or later, or a system with musl`)
    assert.include(install, `the command needs ${runsOn}`)
    assert.include(prose("docs/decisions/0056-installed.md"), `*Node ${runsOn}* is the oldest`)
  })
})

describe("the Node of a clone", () => {
  it("is brought by npm, recent enough, and the one of the image", () => {
    assert.isTrue(isAtLeast(brought, runsOn))
    assert.include(prose("docs/install.md"), `installs Node ${brought} from the npm package`)
    for (const [, version] of read("deploy/Dockerfile").matchAll(/^FROM node:([\d.]+)/gm)) {
      assert.strictEqual(version, brought)
    }
  })
  it("is brought to any Node that the manifest lets install it, which both READMEs say", () => {
    const [major] = brought.split(".")
    assert.include(prose("README.md"), `Node ${inClone} or later: \`npm ci\` brings the Node ${major}`)
    assert.include(prose("README.fr.md"), `Node ${inClone} ou plus récent : \`npm ci\` apporte le Node ${major}`)
    assert.include(prose("docs/install.md"), `| a clone of the repository, Node ${inClone} or later`)
    assert.include(prose("docs/install.md"), `may be any from ${inClone} on`)
  })
  it("is not needed to build it, which npm does with the Node that it was called by", () => {
    assert.include(read("scripts/build.mjs"), `any Node from ${inClone} on`)
  })
})
