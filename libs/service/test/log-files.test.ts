import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { afterAll, assert, describe, it, vi } from "@effect/vitest"
import { readLogFile, sizeOf } from "../src/files/log-files.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-log-files-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const textOf = async (name: string): Promise<string> => {
  let text = ""
  for await (const { bytes, start, end } of readLogFile(name))
    text += Buffer.from(bytes.subarray(start, end)).toString("latin1")
  return text
}

const failureOf = (name: string): Promise<string> =>
  textOf(name).then(
    (text) => `no failure, but ${JSON.stringify(text)}`,
    (error: Error) => error.message
  )

const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ${"x".repeat(i % 90)}\n`).join("")

/** Memory that is not cleared holds lines of before: what is read by mistake behind a file's end is seen. */
vi.spyOn(Buffer, "allocUnsafe").mockImplementation((bytes) => Buffer.alloc(bytes, "left over\n"))

describe("the lines of a log file", () => {
  it.each([
    ["nothing", ""],
    ["one line feed", "\n"],
    ["no line feed at the end", "a\nb"],
    ["more than a piece", lines],
    ["more than a piece, and no line feed at the end", lines.slice(0, -1)]
  ])("are those of the file, plain or gzip: %s", async (_, text) => {
    assert.strictEqual(await textOf(file("plain.log", text)), text)
    assert.strictEqual(await textOf(file("packed.log", gzipSync(text))), text)
    assert.strictEqual(
      await textOf(file("packed-twice.log", Buffer.concat([gzipSync(text), gzipSync(text)]))),
      text + text
    )
  })

  it.each(["zstd", "bzip2", "xz"])("are those of a file that %s has packed", async (program) => {
    const packed = execFileSync(program, ["-c"], { input: lines, maxBuffer: 1 << 28 })
    assert.strictEqual(await textOf(file(`packed.${program}`, packed)), lines)
    const cut = await failureOf(file(`cut.${program}`, packed.subarray(0, 2_000)))
    assert.include(cut, `to its end: its ${program} data is damaged or cut off. Copy it again, or pipe`)
    assert.include(cut, `(\`${program} -dc FILE | `)
  })

  it.each(["gzip", "zstd", "bzip2", "xz"])("are all those of a file to which %s has appended", async (program) => {
    const part = execFileSync(program, ["-c"], { input: "a\nb\n" })
    assert.strictEqual(await textOf(file(`twice.${program}`, Buffer.concat([part, part]))), "a\nb\na\nb\n")
  })

  it("are all those of several frames of zstd where there is no program zstd, and damage is told", async () => {
    const part = zstdCompressSync("a\nb\n")
    const { PATH } = process.env
    process.env.PATH = "/nowhere"
    try {
      assert.strictEqual(await textOf(file("once.zst", part)), "a\nb\n")
      assert.strictEqual(await textOf(file("twice.zst", Buffer.concat([part, part]))), "a\nb\na\nb\n")
      assert.include(await failureOf(file("cut.zst", part.subarray(0, 12))), "its zstd data is damaged or cut off")
    } finally {
      process.env.PATH = PATH
    }
  })

  it("are those behind a hole of zeros, as a file has that was cut while it was written", async () => {
    assert.strictEqual(
      await textOf(file("hole", Buffer.concat([Buffer.alloc(4_096), Buffer.from("a\n")]))),
      `${"\0".repeat(4_096)}a\n`
    )
  })

  it("are those of a named pipe, too, plain or gzip, whenever its writer comes", async () => {
    const pipe = join(folder, "pipe")
    execFileSync("mkfifo", [pipe])
    for (const content of [lines, gzipSync(lines)]) {
      const path = file("content", content)
      assert.strictEqual(sizeOf([pipe]), 0)
      const text = textOf(pipe)
      const writer = spawn("sh", ["-c", `sleep 0.1; head -c 1 "${path}"; sleep 0.1; tail -c +2 "${path}"`], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      const cat = spawn("sh", ["-c", `cat > "${pipe}"`], { stdio: [writer.stdout, "inherit", "inherit"] })
      assert.strictEqual(await text, lines)
      await new Promise((resolve) => (cat.exitCode === null ? cat.once("close", resolve) : resolve(undefined)))
    }
  })

  it("leave others their turn while a file is read, so that Ctrl-C is heard", async () => {
    const path = file("large.log", "x\n".repeat(8 * 1024 * 1024))
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    let bytes = 0
    for await (const { start, end } of readLogFile(path)) bytes += end - start
    clearInterval(timer)
    assert.strictEqual(bytes, 16 * 1024 * 1024)
    assert.isAtLeast(turns, 2)
  })

  it("that is too long is handed on cut, and the next one whole", async () => {
    const text = await textOf(file("long.log", `${"x".repeat(3_000_000)}\nnext\n`))
    assert.match(text, /^x{262144,}next\n$/)
  })
})

const tar = Buffer.alloc(1_024)
tar.write("access.log")
tar.write("ustar", 257)

describe("a file that cannot be read", () => {
  it.each([
    ["UTF-16", [0xff, 0xfe, 0x31, 0], "it is UTF-16 text. Read it with: iconv -f UTF-16 -t UTF-8 FILE | "],
    [
      "UTF-16 without a mark",
      Buffer.from("203.0.11", "utf16le"),
      "it is UTF-16LE text. Read it with: iconv -f UTF-16LE"
    ],
    ["UTF-16 the other way", Buffer.from("203.0.11", "utf16le").swap16(), "it is UTF-16BE text."],
    ["UTF-32", [0xff, 0xfe, 0, 0, 0x31, 0, 0, 0], "it is UTF-32 text. Read it with: iconv -f UTF-32"],
    ["a tar archive", tar, "it is a tar archive. Read it with: tar -xOf FILE | "],
    ["a packed tar archive", gzipSync(tar), "it is a packed tar archive. Read it with: tar -xaOf FILE | "],
    ["lz4", [4, 0x22, 0x4d, 0x18, 0x64], "it is an lz4 file. Read it with: lz4 -dc FILE | "],
    ["a zip archive", [0x50, 0x4b, 3, 4, 0, 0], "it is a zip archive. Read it with: unzip -p FILE | "],
    ["a program", [0x7f, 0x45, 0x4c, 0x46, 2, 1], "it is a program and not a log. Name a log file"]
  ])("says of %s what it is, and the way out", async (_, bytes, said) => {
    const name = file("other", Uint8Array.from(bytes))
    assert.include(await failureOf(name), `Cannot read ${name}: ${said.replace("FILE", name)}`)
  })

  it.each([
    ["is not there", () => join(folder, "none"), "it does not exist"],
    ["is a folder", () => folder, "it is a directory"],
    ["lies below a file", () => join(file("a", ""), "b"), "a part of its path is not a directory"]
  ])("%s: one sentence that names it", async (_, path, why) => {
    const name = path()
    assert.strictEqual(
      await failureOf(name),
      `Cannot read ${name}: ${why}. Name a readable log file, or - for standard input.`
    )
  })

  it.each([
    ["is cut", () => file("cut.gz", gzipSync(lines).subarray(0, 5_000))],
    ["has nothing behind its first bytes", () => file("head.gz", Buffer.from([0x1f, 0x8b]))]
  ])("to its end, as gzip that %s: one sentence that names it and the way out", async (_, path) => {
    const name = path()
    assert.strictEqual(
      await failureOf(name),
      `Cannot read ${name} to its end: its gzip data is damaged or cut off. Copy it again, or pipe what can be unpacked (\`zcat FILE | chaussettes … -\`).`
    )
  })
})
