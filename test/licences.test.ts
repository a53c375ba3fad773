import { existsSync, readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { allowed, dependencies, document, isAllowed } from "../scripts/licences.ts"

/* What the project rests on: exact versions, a lock file that agrees, licences that may stand beside Apache-2.0. */

const root = new URL("../", import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), "utf8")

interface Manifest {
  readonly name: string
  readonly license?: string
  readonly workspaces?: ReadonlyArray<string>
  readonly dependencies?: { readonly [name: string]: string }
  readonly devDependencies?: { readonly [name: string]: string }
}

/** Folders of all packages of the project, the root first. */
const folders = [
  "",
  ...["libs", "apps"].flatMap((parent) =>
    readdirSync(new URL(`${parent}/`, root))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(new URL(`${folder}/package.json`, root)))
  )
]
const manifestOf = (folder: string) =>
  JSON.parse(read(folder === "" ? "package.json" : `${folder}/package.json`)) as Manifest

describe("the licences of the dependencies", () => {
  it("may all stand beside Apache-2.0", () => {
    assert.deepStrictEqual(
      dependencies().filter((dependency) => !isAllowed(dependency)),
      []
    )
    assert.isAbove(dependencies().length, 30)
  })

  it("are refused where they ask for more, or where nobody knows them", () => {
    for (const licence of ["GPL-3.0-only", "AGPL-3.0", "unknown", "MIT AND GPL-2.0", "SEE LICENSE IN LICENSE"]) {
      assert.isFalse(isAllowed({ licence, isTool: false }), licence)
    }
    assert.isFalse(isAllowed({ licence: "MPL-2.0", isTool: false }))
    assert.isTrue(isAllowed({ licence: "MPL-2.0", isTool: true }))
    assert.isTrue(isAllowed({ licence: "(GPL-2.0 OR MIT)", isTool: false }))
    assert.include(allowed, "Apache-2.0")
  })

  it("stand in docs/licences.md (else: node scripts/licences.ts)", () => {
    assert.strictEqual(read("docs/licences.md"), document())
  })
})

describe("the manifests", () => {
  it.each(folders)('name exact versions and the licence: "%s"', (folder) => {
    const manifest = manifestOf(folder)
    assert.strictEqual(manifest.license, "Apache-2.0")
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} in ${folder}/package.json`)
    }
  })

  it("are what the lock file says they are", () => {
    const lock = JSON.parse(read("package-lock.json")) as { readonly packages: { readonly [path: string]: Manifest } }
    for (const folder of folders) {
      const [manifest, locked] = [manifestOf(folder), lock.packages[folder]]
      assert.isDefined(locked, `${folder} is not in package-lock.json: npm install`)
      assert.deepStrictEqual(locked!.dependencies ?? {}, manifest.dependencies ?? {}, `${folder}: npm install`)
      assert.deepStrictEqual(locked!.devDependencies ?? {}, manifest.devDependencies ?? {}, `${folder}: npm install`)
    }
  })
})
