import { spawn } from "node:child_process"
import { pipeline, type Readable } from "node:stream"
import * as zlib from "node:zlib"
import { UserFailure } from "./failure.ts"

/** What a file is, by its first bytes, where it is not lines of text. */
export type Kind =
  | { readonly _tag: "Packed"; readonly name: "gzip" | "zstd" | "bzip2" | "xz" }
  /** It cannot be read; `remedy` says how it can. */
  | { readonly _tag: "Other"; readonly name: string; readonly remedy: (file: string) => string }

const packed = (name: "gzip" | "zstd" | "bzip2" | "xz"): Kind => ({ _tag: "Packed", name })
const other = (name: string, remedy: (file: string) => string): Kind => ({ _tag: "Other", name, remedy })
const utf16 = other("UTF-16 text", (file) => `iconv -f UTF-16 -t UTF-8 ${file}`)
const program = other("a program and not a log", () => "")

const kinds: ReadonlyArray<readonly [magic: ReadonlyArray<number>, kind: Kind]> = [
  [[0x1f, 0x8b], packed("gzip")],
  [[0x28, 0xb5, 0x2f, 0xfd], packed("zstd")],
  [[0x42, 0x5a, 0x68], packed("bzip2")],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], packed("xz")],
  [[0xff, 0xfe], utf16],
  [[0xfe, 0xff], utf16],
  [[0x50, 0x4b, 0x03, 0x04], other("a zip archive", (file) => `unzip -p ${file}`)],
  [
    [0x4c, 0x50, 0x4b, 0x53, 0x48, 0x48, 0x52, 0x48],
    other("journald's binary log", (file) => `journalctl --file ${file} -o cat`)
  ],
  [[0x7f, 0x45, 0x4c, 0x46], program],
  [[0x25, 0x50, 0x44, 0x46], other("a PDF and not a log", () => "")],
  [[0x89, 0x50, 0x4e, 0x47], other("an image and not a log", () => "")]
]

/** No magic is longer. */
export const headBytes = 8

/** What begins with these bytes; undefined for lines of text. */
export const kindOf = (head: Uint8Array): Kind | undefined =>
  kinds.find(([magic]) => magic.length <= head.length && magic.every((byte, i) => head[i] === byte))?.[1]

export const cannotRead = (file: string, kind: Kind & { readonly _tag: "Other" }): UserFailure => {
  const remedy = kind.remedy(file === "-" ? "FILE" : file)
  const way = remedy === "" ? "Name a log file, or - for standard input." : `Read it with: ${remedy} | chaussettes … -`
  return new UserFailure({ message: `Cannot read ${file}: it is ${kind.name}. ${way}`, exitCode: 1, cause: undefined })
}

/** Data of this kind is damaged, or ends too early. */
export class Damaged extends Error {
  constructor(name: string) {
    super(`its ${name} data is damaged or cut off`)
  }
}

/** Unpacks bytes. Node knows gzip and, from 22.15 on, zstd; for the others their own program is run. */
export const unpack = (
  name: (Kind & { readonly _tag: "Packed" })["name"],
  bytes: () => AsyncIterable<Buffer>
): AsyncIterable<Buffer> => {
  // What the unpacking meets, or the reading, is met by whoever reads the unpacked bytes.
  if (name === "gzip") return pipeline(bytes, zlib.createGunzip(), () => {})
  if (name === "zstd" && "createZstdDecompress" in zlib) return pipeline(bytes, zlib.createZstdDecompress(), () => {})
  return byProgram(name, bytes)
}

async function* byProgram(name: "zstd" | "bzip2" | "xz", bytes: () => AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const child = spawn(name, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] })
  const ended = new Promise<number | Error>((resolve) => {
    child.once("error", resolve)
    child.once("close", (code) => resolve(code ?? 1))
  })
  let failure: Error | undefined
  // A program that has ended early takes no more; its own code says why.
  pipeline(bytes, child.stdin, (error) => {
    if (error !== null && error !== undefined && (error as { code?: string }).code !== "EPIPE") failure = error
  })
  try {
    yield* child.stdout as Readable as AsyncIterable<Buffer>
    const code = await ended
    if (code instanceof Error) throw new Error(`the program ${name}, which unpacks it, cannot be run (${code.message})`)
    if (failure !== undefined) throw failure
    if (code !== 0) throw new Damaged(name)
  } finally {
    child.kill()
  }
}
