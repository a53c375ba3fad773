import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, lchownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { refuseEndlessFile, refuseOthersFile } from "../src/files/own-file.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-own-"))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const file = (mode = 0o600): string => {
  const path = join(folder, `file-${files++}`)
  writeFileSync(path, "")
  chmodSync(path, mode)
  return path
}
const linkTo = (target: string): string => {
  const path = join(folder, `link-${files++}`)
  symlinkSync(target, path)
  return path
}
const somebody = 12_345

const refusal = (path: string): string => {
  try {
    refuseOthersFile(path)
  } catch (error) {
    return (error as Error).message
  }
  return "none"
}

describe("a file that is trusted", () => {
  it.each([
    ["is this user's alone", () => file()],
    ["can be read by all", () => file(0o644)],
    ["is reached by this user's link", () => linkTo(file())],
    ["is not there", () => join(folder, "none")],
    ["is not there behind a link", () => linkTo(join(folder, "none"))]
  ])("%s", (_, path) => assert.strictEqual(refusal(path()), "none"))
})

describe("a file that is read whole", () => {
  const endless = (path: string): string => {
    try {
      refuseEndlessFile(`the configuration ${path}`, path)
    } catch (error) {
      return (error as Error).message
    }
    return "none"
  }
  it.each([
    ["is one", () => file()],
    ["is reached by a link", () => linkTo(file())],
    ["is nothing at all", () => "/dev/null"],
    ["is a shell's `<(…)`", () => "/dev/fd/0"],
    ["is not there", () => join(folder, "none")]
  ])("%s", (_, path) => assert.strictEqual(endless(path()), "none"))

  it("is no named pipe and no device, which would be waited for", () => {
    const pipe = join(folder, "pipe")
    execFileSync("mkfifo", [pipe])
    assert.strictEqual(
      endless(pipe),
      `Cannot read the configuration ${pipe}: it is a named pipe, not a file. Give a file.`
    )
    assert.match(endless(linkTo("/dev/zero")), /it is a device, not a file/)
  })
})

describe("a file is refused that others can write", () => {
  it.each([
    ["itself", () => file(0o602)],
    ["as it is a folder", () => mkdtempSync(join(folder, "open-"))],
    ["behind a link", () => linkTo(file(0o606))],
    ["behind a link to a link", () => linkTo(linkTo(file(0o606)))]
  ])("%s", (name, path) => {
    const at = path()
    if (name === "as it is a folder") chmodSync(at, 0o777)
    assert.match(refusal(at), /^Refusing .*: other users can write it\. Run chmod/)
  })
})

describe.skipIf(process.getuid?.() !== 0)("a file is refused that is another user's", () => {
  const anothers = (): string => {
    const path = file()
    chownSync(path, somebody, somebody)
    return path
  }
  it.each([
    ["itself", anothers],
    ["behind this user's link", () => linkTo(anothers())],
    [
      "by its link alone, which they can turn to another file at any time",
      () => {
        const link = linkTo(file())
        lchownSync(link, somebody, somebody)
        return link
      }
    ]
  ])("%s", (_, path) => {
    assert.match(refusal(path()), /^Refusing .*: it belongs to the user 12345\. Take it over/)
  })
})
