#!/usr/bin/env node
// The command's first file. It must run on old versions of Node: there it hands over to the one that npm installed beside it.
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, statSync } from "node:fs"
import module, { createRequire } from "node:module"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** What the command itself needs; zstd came with it. */
const least = [22, 15]

const isRecent = () => {
  const [major, minor] = process.versions.node.split(".").map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
}

/** Where compiled code may be kept; undefined for a user without a home, as a container's arbitrary number is one. */
const compiledFolder = () => {
  if (process.env.NODE_COMPILE_CACHE) return process.env.NODE_COMPILE_CACHE
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "chaussettes", "compiled")
  } catch {
    return undefined
  }
}

/** The Node of the npm package `node`; undefined where it is not installed. */
const bundledNode = () => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"))
    const path = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node")
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** What is compiled there is run: it must be this user's, or root's, and nobody else may write it. Otherwise Node goes on without. */
const isOwn = (folder) => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    return process.getuid === undefined || ((uid === process.getuid() || uid === 0) && (mode & 0o022) === 0)
  } catch {
    return false
  }
}

const handOver = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" })
  // A terminal sends Ctrl-C to both, another process to this one only; the child may get it twice, which does no harm.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1
    else process.exitCode = 128 + ({ SIGKILL: 9, SIGINT: 2, SIGTERM: 15 }[signal] ?? 0)
    process.removeAllListeners()
  })
}

if (isRecent()) {
  const compiled = compiledFolder()
  if (compiled !== undefined && isOwn(compiled)) module.enableCompileCache(compiled)
  await import("./main.mjs")
} else {
  const node = bundledNode()
  if (node === undefined) {
    process.stderr.write(
      `Chaussettes needs Node ${least.join(".")} or later and this is ${process.versions.node}. Update Node, or use the Debian package or the archive for Linux, which bring their own; in a clone, run \`npm ci\` without --ignore-scripts.\n`
    )
    process.exitCode = 1
  } else handOver(node)
}
