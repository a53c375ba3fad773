import { UserFailure } from "../failure.ts"

/** What a file is, by its first bytes, where it is not lines of text. */
export type PackedName = "gzip" | "zstd" | "bzip2" | "xz"

export type Kind =
  | { readonly _tag: "Packed"; readonly name: PackedName }
  /** It cannot be read; `remedy` says how it can. */
  | { readonly _tag: "Other"; readonly name: string; readonly remedy: (file: string) => string }

const packed = (name: PackedName): Kind => ({ _tag: "Packed", name })
type Other = Extract<Kind, { _tag: "Other" }>

const other = (name: string, remedy: (file: string) => string): Other => ({ _tag: "Other", name, remedy })
const unicode = (encoding: string): Other =>
  other(`${encoding} text`, (file) => `iconv -f ${encoding} -t UTF-8 ${file}`)
const tar = other("a tar archive", (file) => `tar -xOf ${file}`)
const program = other("a program and not a log", () => "")

export const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd] as const

const kinds: ReadonlyArray<readonly [magic: ReadonlyArray<number>, kind: Kind]> = [
  [[0x1f, 0x8b], packed("gzip")],
  [zstdMagic, packed("zstd")],
  [[0x42, 0x5a, 0x68], packed("bzip2")],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], packed("xz")],
  // xz reads its older form, too.
  [[0x5d, 0x00, 0x00], packed("xz")],
  [[0xff, 0xfe, 0x00, 0x00], unicode("UTF-32")],
  [[0x00, 0x00, 0xfe, 0xff], unicode("UTF-32")],
  [[0xff, 0xfe], unicode("UTF-16")],
  [[0xfe, 0xff], unicode("UTF-16")],
  [[0x04, 0x22, 0x4d, 0x18], other("an lz4 file", (file) => `lz4 -dc ${file}`)],
  [[0x1f, 0x9d], other("compressed with the program compress", (file) => `zcat ${file}`)],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], other("a 7z archive", (file) => `7z e -so ${file}`)],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], other("an SQLite database, not a log", () => "")],
  [[0x50, 0x4b, 0x03, 0x04], other("a zip archive", (file) => `unzip -p ${file}`)],
  [
    [0x4c, 0x50, 0x4b, 0x53, 0x48, 0x48, 0x52, 0x48],
    other("journald's binary log", (file) => `journalctl --file ${file} -o cat`)
  ],
  [[0x7f, 0x45, 0x4c, 0x46], program],
  [[0x25, 0x50, 0x44, 0x46], other("a PDF and not a log", () => "")],
  [[0x89, 0x50, 0x4e, 0x47], other("an image, not a log", () => "")]
]

/** No magic is longer: a pipe is not decided on before so much has come. */
export const headBytes = 8
/** What is looked at where it is there at once: an archive is told by what stands behind its first file's name. */
export const longHeadBytes = 512

const ustarAt = 257
const ustar = Buffer.from("ustar")
const isTar = (head: Uint8Array): boolean => ustar.every((byte, i) => head[ustarAt + i] === byte)

/** UTF-16 without a mark: every second byte is zero. A hole of zeros, as copytruncate leaves one, is none. */
const withoutMark = (head: Uint8Array): Kind | undefined => {
  if (head.length < headBytes) return undefined
  const bytes = Array.from(head.subarray(0, headBytes))
  const isText = (first: number) =>
    bytes.every((byte, i) => (i % 2 === first ? byte >= 0x20 && byte < 0x7f : byte === 0))
  return isText(0) ? unicode("UTF-16LE") : isText(1) ? unicode("UTF-16BE") : undefined
}

/** What begins with these bytes; undefined for lines of text. */
export const kindOf = (head: Uint8Array): Kind | undefined =>
  kinds.find(([magic]) => magic.length <= head.length && magic.every((byte, i) => head[i] === byte))?.[1] ??
  withoutMark(head) ??
  (isTar(head) ? tar : undefined)

/** Throws where what was unpacked is no text but an archive. */
export const checkUnpacked = (file: string, head: Uint8Array): void => {
  if (isTar(head)) throw cannotRead(file, tarOf(file))
}
const tarOf = (file: string): Other => ({ ...tar, name: "a packed tar archive", remedy: () => `tar -xaOf ${file}` })

export const cannotRead = (file: string, kind: Other): UserFailure => {
  const remedy = kind.remedy(file === "-" ? "FILE" : file)
  const way = remedy === "" ? "Name a log file, or - for standard input." : `Read it with: ${remedy} | chaussettes … -`
  return new UserFailure({ message: `Cannot read ${file}: it is ${kind.name}. ${way}`, exitCode: 1, cause: undefined })
}

/** What unpacks it where a person does. */
export const programs: { readonly [name in PackedName]: string } = {
  gzip: "zcat",
  zstd: "zstd -dc",
  bzip2: "bzip2 -dc",
  xz: "xz -dc"
}

/** Throws where a file that is read as text or gzip begins as something else; says what reads it. */
export const checkText = (file: string, head: Uint8Array): void => {
  const kind = kindOf(head)
  if (kind === undefined) return
  if (kind._tag === "Other") throw cannotRead(file, kind)
  throw cannotRead(
    file,
    other(`${kind.name} data`, (name) => `${programs[kind.name]} ${name}`)
  )
}
