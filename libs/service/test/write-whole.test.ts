import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { writeWhole } from "../src/files/write-whole.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-write-whole-"))
afterAll(() => rmSync(folder, { recursive: true }))

const path = join(folder, "seuils.json")
beforeEach(() => writeFileSync(path, "of before", { mode: 0o640 }))

describe("a file that is written whole", () => {
  it("is replaced, with the mode that it had", async () => {
    await writeWhole(path, "new")
    expect(readFileSync(path, "utf8")).toBe("new")
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  it("stays what it was where there is no room for the new one", () => {
    const source = new URL("../src/files/write-whole.ts", import.meta.url)
    const write = `import(${JSON.stringify(source.href)}).then((m) => m.writeWhole(${JSON.stringify(path)}, "new"))`
    // No file may grow at all: as on a full disk, and for root, too.
    const withoutRoom = ["-c", 'ulimit -f 0; exec "$0" -e "$1"', process.execPath, write]
    expect(() => execFileSync("sh", withoutRoom, { stdio: "pipe" })).toThrow(/file too large/)
    expect(readFileSync(path, "utf8")).toBe("of before")
    expect(readdirSync(folder)).toEqual(["seuils.json"])
  })

  it("is written where a link leads", async () => {
    const link = join(folder, "link")
    symlinkSync("seuils.json", link)
    await writeWhole(link, "new")
    expect(readFileSync(path, "utf8")).toBe("new")
    await expect(writeWhole("/dev/full", "x")).rejects.toThrow(/no space/)
  })
})
