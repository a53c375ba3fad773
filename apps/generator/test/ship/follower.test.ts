import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { linesOf } from "../../src/lines/packer.ts"
import { compose } from "../../src/ship/compose.ts"
import { Follower } from "../../src/ship/follower.ts"
import type { Mark } from "../../src/ship/mark.ts"
import type { Place } from "../../src/ship/place.ts"
import type { Tail } from "../../src/ship/tail.ts"

let folder: string
let log: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chaussettes-follower-"))
  log = join(folder, "access.log")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = (n: number) => `10.0.0.1 - - [05/Jan/2026:10:00:00 +0000] "GET /${n} HTTP/1.1" 200 12\n`
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i)).join("")

/** A life of the ship whose steps the test takes: it begins behind what the one before has sent. */
class Life {
  readonly said: Array<string> = []
  readonly #follower: Follower
  readonly #changed = new Set<Tail>()
  #nowMs = 0

  constructor(pattern: string, places?: ReadonlyArray<Place>) {
    const say = (sentence: string) => void this.said.push(sentence)
    this.#follower = new Follower({ patterns: [pattern], places, from: "start", say })
  }

  async look(): Promise<void> {
    for (const tail of await this.#follower.scan(this.#nowMs)) this.#changed.add(tail)
  }

  read = () => this.#follower.read(this.#changed, this.#nowMs)

  /** Reads without looking at the folders, and sends: what is sent. */
  async send(): Promise<string> {
    let text = ""
    for (;;) {
      const { hasRead } = await this.read()
      const composed = await compose(this.#follower, this.#nowMs)
      if (composed === undefined && !hasRead) return text
      if (composed === undefined) continue
      text += Buffer.from(linesOf(composed.payload)).toString()
      for (const [tail, mark] of composed.marks) tail.commit(mark)
    }
  }

  /** Looks and sends until nothing more comes of it. */
  async sendAll(): Promise<string> {
    let text = ""
    for (let quiet = 0; quiet < 3; ) {
      await this.look()
      const more = await this.send()
      quiet = more === "" ? quiet + 1 : 0
      text += more
    }
    return text
  }

  passMinutes(minutes: number): void {
    this.#nowMs += minutes * 60_000 + 1
  }

  places = () => this.#follower.places(new Map<Tail, Mark>())
  close = () => this.#follower.close()
}

describe("a follower", () => {
  it("waits for the rest of a line while a log behind a symbolic link has no file", async () => {
    const target = join(folder, "elsewhere", "real.log")
    mkdirSync(join(folder, "elsewhere"))
    writeFileSync(target, `${lines(0, 3)}${line(3).slice(0, 20)}`)
    symlinkSync(target, log)
    const life = new Life(log)
    assert.strictEqual(await life.sendAll(), lines(0, 3))
    // Copied and cut, and the new file renamed before anything was written to it.
    copyFileSync(target, `${target}.2`)
    truncateSync(target, 0)
    renameSync(target, `${target}.1`)
    await life.send()
    appendFileSync(`${target}.2`, line(3).slice(20))
    assert.strictEqual(await life.sendAll(), line(3))
    await life.close()
  })

  it("reads to its end a file that was removed after its last lines", async () => {
    writeFileSync(log, lines(0, 3))
    const life = new Life(log)
    assert.strictEqual(await life.sendAll(), lines(0, 3))
    appendFileSync(log, lines(3, 2))
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)))
    unlinkSync(log)
    life.passMinutes(2)
    assert.strictEqual(await life.sendAll(), lines(3, 2))
    await life.close()
  })

  it("finds the copy of a file that was cut a second after it was copied, in the next life, too", async () => {
    writeFileSync(log, lines(0, 30))
    const first = new Life(log)
    assert.strictEqual(await first.sendAll(), lines(0, 30))
    // Read, and not sent yet when the file is cut.
    appendFileSync(log, lines(30, 5))
    await first.look()
    await first.read()
    appendFileSync(log, lines(35, 5))
    await first.look()
    copyFileSync(log, `${log}.1`)
    const copiedS = Date.now() / 1000
    truncateSync(log, 0)
    utimesSync(log, copiedS + 5, copiedS + 5)
    assert.strictEqual(await first.send(), lines(30, 5))
    const places = first.places()
    await first.close()
    const second = new Life(log, places)
    assert.strictEqual(await second.sendAll(), lines(35, 5))
    assert.deepStrictEqual(second.said, [])
    await second.close()
  })

  it("follows on beside a packed file that is not complete, and names it once nobody completes it", async () => {
    writeFileSync(log, lines(0, 3))
    const life = new Life(log)
    assert.strictEqual(await life.sendAll(), lines(0, 3))
    renameSync(log, `${log}.2`)
    const packed = gzipSync(Array.from({ length: 3_000 }, (_, i) => `${i * 7919} unlike the others\n`).join(""))
    writeFileSync(`${log}.1.gz`, packed.subarray(0, packed.length - 100))
    writeFileSync(log, lines(3, 2))
    assert.strictEqual(await life.sendAll(), lines(3, 2))
    assert.deepStrictEqual(life.said, [])
    utimesSync(`${log}.1.gz`, Date.now() / 1000 - 120, Date.now() / 1000 - 120)
    life.passMinutes(1)
    assert.strictEqual(await life.sendAll(), "")
    assert.deepStrictEqual(life.said, [
      `${log}.1.gz may hold lines that were not sent, and cannot be unpacked, since its packed data ends in the middle. Put a whole copy in its place.`
    ])
    await life.close()
  })

  it("takes a new log for new although it begins with the very lines of the one before", async () => {
    writeFileSync(log, lines(0, 1))
    const life = new Life(log)
    assert.strictEqual(await life.sendAll(), lines(0, 1))
    renameSync(log, `${log}.1`)
    writeFileSync(log, lines(0, 1))
    assert.strictEqual(await life.sendAll(), lines(0, 1))
    appendFileSync(log, lines(1, 1))
    assert.strictEqual(await life.sendAll(), lines(1, 1))
    await life.close()
  })

  it("does not send a copy that holds less of a file than was sent, in the next life either", async () => {
    writeFileSync(log, lines(0, 40))
    copyFileSync(log, join(folder, "copy"))
    appendFileSync(log, lines(40, 2))
    const first = new Life(log)
    assert.strictEqual(await first.sendAll(), lines(0, 42))
    const places = first.places()
    await first.close()
    renameSync(join(folder, "copy"), `${log}.1`)
    truncateSync(log, 0)
    appendFileSync(log, lines(42, 2))
    const second = new Life(log, places)
    assert.strictEqual(await second.sendAll(), lines(42, 2))
    await second.close()
  })

  it("sends once what stands in a log that was cut twice between two looks, and in its newest copy", async () => {
    writeFileSync(log, lines(0, 40))
    const life = new Life(log)
    assert.strictEqual(await life.sendAll(), lines(0, 40))
    copyFileSync(log, `${log}.2`)
    truncateSync(log, 0)
    appendFileSync(log, lines(40, 20))
    copyFileSync(log, `${log}.1`)
    assert.strictEqual(await life.sendAll(), lines(40, 20))
    truncateSync(log, 0)
    appendFileSync(log, lines(60, 20))
    assert.strictEqual(await life.sendAll(), lines(60, 20))
    await life.close()
  })

  it("sends no closed file again in the next life, though a message has room for the places of some only", async () => {
    const names = Array.from({ length: 30 }, (_, i) => join(folder, `${i}.log`))
    const first = new Life(join(folder, "*.log"))
    let sent = ""
    for (let rotation = 0; rotation < 4; rotation++) {
      for (const [i, name] of names.entries()) {
        for (let n = rotation - 1; n > 0; n--) renameSync(`${name}.${n}`, `${name}.${n + 1}`)
        if (rotation > 0) renameSync(name, `${name}.1`)
        writeFileSync(name, lines(1_000 * i + 10 * rotation, 10))
      }
      sent += await first.sendAll()
    }
    assert.lengthOf(sent.split("\n"), 30 * 4 * 10 + 1)
    first.passMinutes(2)
    await first.look()
    const places = first.places()
    await first.close()
    assert.isBelow(places.length, 30 * 4)
    const second = new Life(join(folder, "*.log"), places)
    assert.strictEqual(await second.sendAll(), "")
    await second.close()
  })

  it("reads from its beginning a log of which nothing was sent when the life before ended, though it was rotated", async () => {
    const late = join(folder, "late.log")
    const agoS = Date.now() / 1000 - 100
    writeFileSync(log, lines(0, 3))
    writeFileSync(late, line(3).slice(0, 20))
    utimesSync(late, agoS, agoS)
    const first = new Life(join(folder, "*.log"))
    assert.strictEqual(await first.sendAll(), lines(0, 3))
    const places = first.places()
    await first.close()
    appendFileSync(late, line(3).slice(20))
    utimesSync(late, agoS + 1, agoS + 1)
    renameSync(late, `${late}.1`)
    writeFileSync(late, line(4))
    const second = new Life(join(folder, "*.log"), places)
    assert.strictEqual(await second.sendAll(), lines(3, 2))
    await second.close()
  })
})
