// Builds dist/: the command as a bundle, split so that each command loads only its own part, and the dashboard's page.
// It runs on any Node from 20 on, because `npm ci` calls it (`prepare`). `--if-needed` does nothing when dist/ is newer than all sources,
// `--no-page` leaves the page as it is.
import { spawnSync } from "node:child_process"
import { chmod, cp, readdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const dist = join(root, "dist")

const banner = `// Chaussettes, Apache-2.0. Bundled libraries keep their own licences: see NOTICE and package-lock.json.
import { createRequire as bundleRequire } from "node:module"
const require = bundleRequire(import.meta.url)`

/** All files below a folder, without what is installed or built. */
const filesBelow = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/[\\/](node_modules|dist|test)[\\/]/.test(path.slice(root.length)))
}

const modifiedMs = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0

const isCurrent = async () => {
  const builtMs = await modifiedMs(join(dist, "chaussettes.mjs"))
  if (builtMs === 0) return false
  const sources = [
    ...(await filesBelow(join(root, "apps"))),
    ...(await filesBelow(join(root, "libs"))),
    ...(await filesBelow(join(root, "scripts"))),
    join(root, "package-lock.json")
  ]
  for (const source of sources) if ((await modifiedMs(source)) > builtMs) return false
  return true
}

/** What the bundle is made of, for esbuild. A thread's code is an entry of its own, so that it stands beside the bundle. */
export const bundleOptions = async () => {
  const workers = (await filesBelow(join(root, "apps"))).filter((path) => path.endsWith(".worker.ts"))
  return {
    absWorkingDir: root,
    entryPoints: [
      { in: "apps/cli/src/main.ts", out: "main" },
      ...workers.map((path) => ({ in: path, out: basename(path, ".ts") }))
    ],
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.15",
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    banner: { js: banner },
    metafile: true,
    logLevel: "warning"
  }
}

/** The command, without the page. */
export const buildCommand = async (outdir) => {
  const { build } = await import("esbuild")
  await build({ ...(await bundleOptions()), outdir })
  const launcher = join(outdir, "chaussettes.mjs")
  await cp(join(root, "scripts", "launcher.mjs"), launcher)
  // npm gives it its run bit when it links it, and not again after the next build.
  await chmod(launcher, 0o755)
}

/** The page has a build of its own, whose configuration says all: what it holds, and that it goes to dist/web. */
const buildPage = () => {
  const config = join(root, "apps", "dashboard", "web", "vite.config.ts")
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin", "vite.js")
  const { status } = spawnSync(process.execPath, [vite, "build", "--config", config, "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"]
  })
  if (status !== 0) throw new Error("the dashboard's page could not be built")
}

/** What the bundle and the page are made of (CycloneDX). npm's `--omit dev` would leave out what tools rest on as well. */
const writeBill = async (outdir) => {
  const { status, stdout, stderr } = spawnSync("npm", ["sbom", "--sbom-format", "cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === "win32"
  })
  if (status !== 0) throw new Error(`npm cannot write the bill of materials: ${stderr?.trim()}`)
  await writeFile(join(outdir, "sbom.cdx.json"), stdout)
}

const main = async () => {
  if (process.argv.includes("--if-needed") && (await isCurrent())) return
  try {
    createRequire(import.meta.url).resolve("esbuild")
  } catch {
    // `npm ci --omit=dev`: what was built before is used.
    if ((await modifiedMs(join(dist, "chaussettes.mjs"))) > 0) return
    throw new Error("dist/ is not built, and without development packages it cannot be: run `npm ci`")
  }
  // Built aside and then put in place, so that a command that starts meanwhile finds the old one or the new one, whole.
  const fresh = join(root, `dist.${process.pid}`)
  try {
    await buildCommand(fresh)
    await writeBill(fresh)
    await rename(join(dist, "web"), join(fresh, "web")).catch(() => {})
    const old = join(root, `dist.${process.pid}.old`)
    await rename(dist, old).catch(() => {})
    await rename(fresh, dist)
    await rm(old, { recursive: true, force: true })
    if (!process.argv.includes("--no-page")) buildPage()
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`Build failed: ${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  })
}
