import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { gzipSync } from "node:zlib"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { headOf, type Input, openFile, openStandardInput } from "../src/files/input.ts"
import { Damaged } from "../src/files/unpack.ts"

const dir = mkdtempSync(join(tmpdir(), "chaussettes-input-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const file = (name: string, content: Uint8Array | string): string => {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const all = async (input: Input): Promise<Buffer> => {
  const parts: Array<Uint8Array> = []
  try {
    for (let next = await input.next(); next !== undefined; next = await input.next()) parts.push(next)
  } finally {
    await input.close()
  }
  return Buffer.concat(parts)
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("it did not reject")
}

/** More than two chunks, of which no two places are alike. */
const text = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i}\n`).join(""))

const text4 = Buffer.concat([text, text, text, text])

describe("openFile", () => {
  it("reads a file from any place to its end", async () => {
    const path = file("plain.log", text)
    assert.isTrue((await all(await openFile(path, 0))).equals(text))
    assert.isTrue((await all(await openFile(path, 1_234_567))).equals(text.subarray(1_234_567)))
    assert.strictEqual((await all(await openFile(path, text.length))).length, 0)
  })

  it("uses the memory of a piece again only when what was sent of it is stored, and never under the eyes of the next two", async () => {
    const path = file("pool.log", text4)
    const seen = new Set<ArrayBufferLike>()
    for (const isStored of [true, false]) {
      seen.clear()
      const input = await openFile(path, 0, () => (isStored ? Promise.resolve() : new Promise(() => {})))
      let before: Buffer = Buffer.alloc(0)
      let offset = 0
      for (let piece = await input.next(); piece !== undefined; piece = await input.next()) {
        // The piece before still stands as it was read.
        assert.isTrue(before.equals(text4.subarray(offset - before.length, offset)))
        offset += piece.length
        before = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
        seen.add(piece.buffer)
      }
      await input.close()
      assert.strictEqual(offset, text4.length)
      if (isStored) assert.isAtMost(seen.size, 4)
      else assert.isAbove(seen.size, 8)
    }
  })

  it("unpacks gzip whatever its name, several members too, and goes to a place of the unpacked bytes", async () => {
    const path = file("packed.log", gzipSync(text))
    assert.isTrue((await all(await openFile(path, 0))).equals(text))
    assert.isTrue((await all(await openFile(path, 1_234_567))).equals(text.subarray(1_234_567)))
    const members = file("members", Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]))
    assert.strictEqual((await all(await openFile(members, 0))).toString(), "a\nb\n")
  })

  it("takes a file for what it holds, though its name says gzip", async () => {
    assert.strictEqual((await all(await openFile(file("plain.gz", "a\nb\n"), 0))).toString(), "a\nb\n")
  })

  it("gives nothing for an empty file", async () => {
    assert.strictEqual((await all(await openFile(file("empty", ""), 0))).length, 0)
  })

  it("gives what can be unpacked of gzip that ends in the middle, and then says so", async () => {
    const packed = gzipSync(text)
    const input = await openFile(file("cut.gz", packed.subarray(0, packed.length - 100_000)), 0)
    let bytes = 0
    const error = await rejection(
      (async () => {
        for (;;) bytes += (await input.next())?.length ?? Number.NaN
      })()
    )
    await input.close()
    assert.instanceOf(error, Damaged)
    assert.isTrue((error as Damaged).isTruncated)
    assert.isAbove(bytes, 0)
  })

  it("tells damaged gzip from gzip that ends too early", async () => {
    const packed = Buffer.from(gzipSync(text))
    packed.fill(0xff, 5_000, 5_100)
    const error = await rejection(all(await openFile(file("bad.gz", packed), 0)))
    assert.instanceOf(error, Damaged)
    assert.isFalse((error as Damaged).isTruncated)
  })

  it("refuses what is no file with the system's own code", async () => {
    assert.strictEqual(((await rejection(openFile(dir, 0))) as { code: string }).code, "EISDIR")
    assert.strictEqual(((await rejection(openFile(join(dir, "none"), 0))) as { code: string }).code, "ENOENT")
  })

  it("says how many bytes of the file were read, packed as they are", async () => {
    const packed = gzipSync(text)
    const input = await openFile(file("progress.gz", packed), 0)
    await all(input)
    assert.strictEqual(input.readBytes(), packed.length)
  })
})

describe("openStandardInput", () => {
  const piped = (chunks: ReadonlyArray<Uint8Array>) => {
    const stream = new PassThrough()
    for (const chunk of chunks) stream.write(chunk)
    stream.end()
    return openStandardInput(stream)
  }

  it("hands on bytes as they come", async () => {
    const stream = new PassThrough()
    const input = openStandardInput(stream)
    stream.write("a\nb")
    assert.strictEqual(Buffer.from((await input.next())!).toString(), "a\nb")
    const next = input.next()
    stream.write("c\n")
    assert.strictEqual(Buffer.from((await next)!).toString(), "c\n")
    await input.close()
  })

  it("unpacks gzip, also where its first bytes come one by one", async () => {
    const packed = gzipSync("hello\n")
    const bytes = [packed.subarray(0, 1), packed.subarray(1, 2), packed.subarray(2)]
    assert.strictEqual((await all(piped(bytes))).toString(), "hello\n")
    assert.strictEqual((await all(piped([Buffer.from("x")]))).toString(), "x")
  })

  it("is closed though somebody still waits for bytes", async () => {
    const input = openStandardInput(new PassThrough())
    const waiting = input.next().catch(() => undefined)
    await input.close()
    assert.isUndefined(await waiting)
  })
})

describe("headOf", () => {
  it("gives the first unpacked bytes, or all where there are fewer", async () => {
    assert.isTrue(Buffer.from(await headOf(file("h.gz", gzipSync(text)), 4096)).equals(text.subarray(0, 4096)))
    assert.strictEqual(Buffer.from(await headOf(file("h", "ab"), 4096)).toString(), "ab")
  })
})
