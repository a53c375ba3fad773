import { createHash } from "node:crypto"
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { type Architecture, emptyFolder, type Made, made, manifest, out, putProgram, root, run } from "./parts.ts"

/** One file that unpacks `program` where it is first run, and runs it. */
export const selfExtracting = (program: string, version: string, level = 9): Buffer => {
  const tar = join(program, "..", "program.tar")
  run("tar", ["-cf", tar, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "-C", program, "."])
  const payload = gzipSync(readFileSync(tar), { level })
  const digest = createHash("sha256").update(payload).digest("hex").slice(0, 16)
  const stub = readFileSync(join(root, "scripts", "package", "self-extract.sh"), "utf8")
    .replaceAll("@version@", version)
    .replaceAll("@digest@", digest)
  return Buffer.concat([Buffer.from(stub.replaceAll("@lines@", `${stub.split("\n").length}`)), payload])
}

export const makeArchive = (architecture: Architecture, isQuick = false): Made => {
  const program = join(emptyFolder(`archive-${architecture}`), "program")
  putProgram(program, architecture)
  const path = join(out, `${manifest.name}-${manifest.version}-linux-${architecture}`)
  writeFileSync(path, selfExtracting(program, manifest.version, isQuick ? 1 : 9))
  chmodSync(path, 0o755)
  return made(path)
}
