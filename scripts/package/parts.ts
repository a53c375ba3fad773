import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { goModule } from "../../apps/cli/src/start/server/releases.ts"
import { dependencies } from "../licences.ts"

export const root = fileURLToPath(new URL("../../", import.meta.url))
/** Where the packages are put. */
export const out = join(root, "packages")

export const architectures = ["x64", "arm64"] as const
export type Architecture = (typeof architectures)[number]

/** As Debian and Go call it. */
export const debianName: { readonly [architecture in Architecture]: string } = { x64: "amd64", arm64: "arm64" }

export interface Made {
  readonly path: string
  readonly bytes: number
}

export const made = (path: string): Made => ({ path, bytes: statSync(path).size })

export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies: { readonly node: string }
}

/** Runs a program to its end; throws what it said where that is not well. */
export const run = (command: string, args: ReadonlyArray<string>, cwd = root, env: NodeJS.ProcessEnv = {}): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26
  })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

/** An empty folder to put a package together in. */
export const emptyFolder = (name: string): string => {
  const folder = join(out, ".work", name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

const licenceFile = /^(licen[sc]e|copying|notice)(\.|-|$)/i

/** The licences' texts of all that the bundle is made of, as they ask. */
const licenceTexts = (): string =>
  dependencies()
    .filter(({ isTool, name }) => !isTool && existsSync(join(root, "node_modules", name)))
    .map(({ name, version, licence }) => {
      const folder = join(root, "node_modules", name)
      const texts = readdirSync(folder)
        .filter((file) => licenceFile.test(file) && statSync(join(folder, file)).isFile())
        .map((file) => readFileSync(join(folder, file), "utf8").trim())
      return [`${name} ${version} (${licence})`, "=".repeat(60), ...texts, ""].join("\n\n")
    })
    .join("\n")

/** The command without a Node: the bundle, the page, what the servers are configured with, and the licences. */
export const putCommand = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  // Maps lead to sources that are not there.
  cpSync(join(root, "dist"), join(folder, "dist"), {
    recursive: true,
    filter: (path) => !path.endsWith(".map") && !path.endsWith(".json")
  })
  for (const file of [
    "nats.conf",
    "nats-viewers.conf",
    "seuils.json",
    "chaussettes",
    "backup.sh",
    join("tls", "nats.conf"),
    join("tls", "make-certificates.sh"),
    join("cluster", "nats.conf"),
    join("cluster", "hosts.conf"),
    join("cluster", "systemd.conf")
  ]) {
    mkdirSync(dirname(join(folder, "deploy", file)), { recursive: true })
    copyFileSync(join(root, "deploy", file), join(folder, "deploy", file))
  }
  cpSync(join(root, "deploy", "systemd"), join(folder, "deploy", "systemd"), { recursive: true })
  for (const file of ["LICENSE", "NOTICE", "README.md"]) copyFileSync(join(root, file), join(folder, file))
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licenceTexts())
}

/** Fetches the Node of the version that the project is tested with, for an architecture; npm checks its sum. */
const fetchNode = (architecture: Architecture): string => {
  const folder = join(out, ".parts", `node-${manifest.dependencies.node}-${architecture}`)
  const path = join(folder, "package", "bin", "node")
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const name = `node-linux-${architecture}@${manifest.dependencies.node}`
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder, name], folder).trim()
  run("tar", ["-xzf", join(folder, packed), "-C", folder])
  rmSync(join(folder, packed))
  return path
}

/** Builds nats-server for an architecture; Go checks its source by the checksum database. */
const buildServer = (architecture: Architecture): string => {
  const [goPath, goarch] = [join(out, ".parts", `nats-server-${goModule.version}`), debianName[architecture]]
  const found = () => {
    // Go puts what is for another machine into a folder of that name.
    const native = join(goPath, "bin", "nats-server")
    const crossed = join(goPath, "bin", `linux_${goarch}`, "nats-server")
    return [crossed, ...(process.arch === architecture ? [native] : [])].find((path) => existsSync(path))
  }
  const known = found()
  if (known !== undefined) return known
  run("go", ["install", "-trimpath", "-modcacherw", "-ldflags=-s -w", `${goModule.path}@v${goModule.version}`], root, {
    GOOS: "linux",
    GOARCH: goarch,
    GOPATH: goPath,
    GOBIN: "",
    CGO_ENABLED: "0"
  })
  return found()!
}

/** The command with its Node and its server: what runs on a machine that has neither. */
export const putProgram = (folder: string, architecture: Architecture): void => {
  putCommand(folder)
  copyFileSync(join(root, "deploy", "chaussettes"), join(folder, "chaussettes"))
  copyFileSync(fetchNode(architecture), join(folder, "node"))
  copyFileSync(buildServer(architecture), join(folder, "nats-server"))
  for (const name of ["chaussettes", "node", "nats-server"]) chmodSync(join(folder, name), 0o755)
}
