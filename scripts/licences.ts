// Writes docs/licences.md from package-lock.json and what is installed: `node scripts/licences.ts`. `test/licences.test.ts` holds it.
import { existsSync, readFileSync, writeFileSync } from "node:fs"

const root = new URL("../", import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

/** Licences under which something may stand beside code under Apache-2.0 in what is given away. */
export const allowed: ReadonlyArray<string> = [
  "Apache-2.0",
  "MIT",
  "MIT-0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "Unlicense",
  "Python-2.0"
]

/** Licences that ask for their own files to stay under them: fine for tools that build or test and are given to nobody. */
export const allowedForTools: ReadonlyArray<string> = [...allowed, "MPL-2.0", "CC-BY-4.0"]

export interface Dependency {
  readonly name: string
  readonly version: string
  readonly licence: string
  /** Only builds or tests; nobody is given it. */
  readonly isTool: boolean
}

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
}

const lock = JSON.parse(read("package-lock.json")) as { readonly packages: { readonly [path: string]: LockedPackage } }

/** The lock file says it for nearly all; the rest say it in their own manifest, in the old form even. */
const licenceOf = (path: string, locked: LockedPackage): string => {
  if (locked.license !== undefined) return locked.license
  const manifest = `${path}/package.json`
  if (!existsSync(new URL(manifest, root))) return "unknown"
  const { license, licenses } = JSON.parse(read(manifest)) as {
    readonly license?: string | { readonly type: string }
    readonly licenses?: ReadonlyArray<{ readonly type: string }>
  }
  if (typeof license === "string") return license
  return license?.type ?? licenses?.map(({ type }) => type).join(" OR ") ?? "unknown"
}

/** All dependencies of the lock file, each once. */
export const dependencies = (): ReadonlyArray<Dependency> => {
  const found = new Map<string, Dependency>()
  for (const [path, locked] of Object.entries(lock.packages)) {
    const at = path.lastIndexOf("node_modules/")
    if (at < 0 || locked.link === true || locked.version === undefined) continue
    const name = path.slice(at + "node_modules/".length)
    const isTool = locked.dev === true || locked.devOptional === true
    const key = `${name}@${locked.version}`
    const known = found.get(key)
    found.set(key, {
      name,
      version: locked.version,
      licence: licenceOf(path, locked),
      isTool: isTool && known?.isTool !== false
    })
  }
  return [...found.values()].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
}

/** Whether a licence expression lets the dependency be used: one of its alternatives must be allowed, all of its parts must. */
export const isAllowed = ({ licence, isTool }: Pick<Dependency, "licence" | "isTool">): boolean => {
  const list = isTool ? allowedForTools : allowed
  return licence
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((alternative) => alternative.split(" AND ").every((part) => list.includes(part.trim())))
}

const table = (some: ReadonlyArray<Dependency>): string =>
  [
    "| package | version | licence |",
    "|---|---|---|",
    ...some.map((d) => `| ${d.name} | ${d.version} | ${d.licence} |`)
  ].join("\n")

export const document = (): string => {
  const all = dependencies()
  const used = all.filter((d) => !d.isTool)
  const tools = all.filter((d) => d.isTool)
  return `# Licences of the dependencies

For anyone who distributes Chaussettes or reviews its licences. After reading this page you know
every dependency and its licence.

Chaussettes is licensed under Apache-2.0 (LICENSE). The licences of all its dependencies are
compatible with that. A test compares this list with the lock file and with the licences that are
allowed (\`scripts/licences.ts\`, which also writes this file).

## Part of what runs

${table(used)}

## Tools that build and test

${table(tools)}
`
}

if (
  process.argv[1] !== undefined &&
  import.meta.url.endsWith(process.argv[1].replaceAll("\\", "/").split("/").at(-1)!)
) {
  writeFileSync(new URL("docs/licences.md", root), document())
}
