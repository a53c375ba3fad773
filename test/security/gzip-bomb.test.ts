import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { chaussettes, projectFolder, run } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

/* A gzip of one megabyte that holds a gigabyte: zeros, which are one line, and line ends, which are a billion of them. */

const mib = 1024 * 1024
const unpackedBytes = 1024 * mib
/** Node and the program itself take half of this. */
const mostResidentMib = 400

/** Tells how much memory a program had at its most. */
const measured = {
  NODE_OPTIONS:
    "--import=data:text/javascript,process.on('exit',()=>process.stderr.write('most:'+process.resourceUsage().maxRSS))"
}
const residentMib = (stderr: string): number => Number(/most:(\d+)/.exec(stderr)![1]) / 1024

describe("a gzip bomb", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-bomb-"))
  const zeros = join(folder, "zeros.log.gz")
  beforeAll(() => {
    // Members behind one another are one gzip, as log rotation makes them.
    const member = gzipSync(Buffer.alloc(64 * mib), { level: 9 })
    writeFileSync(zeros, Buffer.concat(Array(unpackedBytes / (64 * mib)).fill(member)))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(["parse", "analyze"])(
    "is one line that is too long to %s, in no more memory than a small file",
    async (command) => {
      const ended = await chaussettes([command, zeros], { env: measured })
      assert.notInclude(ended.output, "Internal error")
      assert.isBelow(residentMib(ended.stderr), mostResidentMib)
      assert.match(ended.output, /too.long/i, ended.output)
    },
    120_000
  )

  it("is unpacked piece by piece for replay, too", async () => {
    const input = JSON.stringify(join(projectFolder, "libs/service/src/files/input.ts"))
    const script = `
      const { openFile } = await import(${input})
      const file = await openFile(${JSON.stringify(zeros)}, 0)
      let bytes = 0
      for (let piece = await file.next(); piece !== undefined; piece = await file.next()) bytes += piece.length
      console.log(bytes)`
    const ended = await run(process.execPath, ["--input-type=module", "--eval", script], { env: measured })
    assert.strictEqual(Number(ended.stdout), unpackedBytes, ended.stderr)
    assert.isBelow(residentMib(ended.stderr), mostResidentMib)
  }, 120_000)
})
