import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"

const page = readFileSync(join(projectFolder, "docs/how-it-works.md"), "utf8")
const section = (heading: string): string => page.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!

const foldersIn = (path: string): ReadonlyArray<string> =>
  readdirSync(join(projectFolder, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map(({ name }) => name)

/** What is made here and stands in no commit. */
const made = new Set(["dist", "packages", "node_modules"])
/** Where sources are: below `libs` and `apps` what is in their src. */
const roots = foldersIn(".")
  .filter((name) => !name.startsWith(".") && !made.has(name))
  .flatMap((name) =>
    name === "libs" || name === "apps" ? foldersIn(name).map((part) => `${name}/${part}/src`) : [name]
  )
  .concat("apps/dashboard/web/src")

/** The folders that the page prints, and those in each of them. */
const printed = new Map<string, Array<string>>()
const list = /```\n([\s\S]*?)```/.exec(section("The tree"))![1]!
for (const [, inner, name] of list.matchAll(/^( {2})?([\w./-]+?)\/? {1,}\S/gm)) {
  if (inner === undefined) printed.set(name!, [])
  else [...printed.values()].at(-1)!.push(name!)
}

describe("docs/how-it-works.md", () => {
  it("prints every folder", () => {
    assert.deepStrictEqual([...printed.keys()].sort(), [...roots].sort())
  })
  it.each([...printed].filter(([folder]) => folder.includes("/")))("prints what is in %s", (folder, inner) => {
    assert.deepStrictEqual([...inner].sort(), [...foldersIn(folder)].sort())
  })
  it("names at most ten files on the way of a line, which are all there", () => {
    const files = [...section("One line, from its bytes to an alert").matchAll(/`((?:libs|apps)\/[^`]+)`/g)]
    assert.isAtMost(files.length, 10)
    assert.isAbove(files.length, 0)
    for (const [, path] of files) assert.isTrue(existsSync(join(projectFolder, path!)), path)
  })
})
