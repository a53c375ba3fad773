import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

/* The form of every Markdown file in the repository: lines that a diff and a terminal can show, and links that lead somewhere; and the language of names. */

const root = fileURLToPath(new URL("../", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")

const filesOf = (...patterns: ReadonlyArray<string>): ReadonlyArray<string> =>
  execFileSync("git", ["ls-files", "-z", ...patterns], { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)))

const documents = filesOf("*.md")

const columns = 100

/** Its lists are written by `npm run evaluate`, a line an entry. */
const generated = ["docs/evaluation.md"]

/** The lines outside of fenced code, with their numbers. A fence ends with one of its own kind that is as long at least. */
const linesOf = (text: string): ReadonlyArray<{ readonly number: number; readonly line: string }> => {
  let fence: string | undefined
  return text.split("\n").flatMap((line, i) => {
    const mark = /^\s*(`{3,}|~{3,})(.*)$/.exec(line)
    if (fence === undefined && mark !== null) {
      fence = mark[1]
      return []
    }
    if (fence === undefined) return [{ number: i + 1, line }]
    if (mark !== null && mark[1]!.startsWith(fence) && mark[2]!.trim() === "") fence = undefined
    return []
  })
}

const isTable = (line: string) => /^\s*\|/.test(line)
const isHeading = (line: string) => /^#+ /.test(line)
const isOneLink = (line: string) => /^\s*(?:(?:[-*]|\d+\.) )?!?\[[^\]]*\]\([^)\s]*\)[.,;:]?$/.test(line)

const tooLong = (text: string): ReadonlyArray<string> =>
  linesOf(text)
    .filter(({ line }) => [...line].length > columns && !isTable(line) && !isHeading(line) && !isOneLink(line))
    .map(({ number, line }) => `${number}: ${line}`)

/** How headings are called in links, as GitHub does it: a name that is there already gets a number. */
const anchorsOf = (text: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const { line } of linesOf(text)) {
    const heading = /^#+ (.*)$/.exec(line)?.[1]
    if (heading === undefined) continue
    const name = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-")
    let anchor = name
    for (let n = 1; anchors.has(anchor); n++) anchor = `${name}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

const linksOf = (text: string): ReadonlyArray<string> =>
  [
    ...linesOf(text)
      .map(({ line }) => line)
      .join("\n")
      .matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)/gm)
  ].map(([, inline, reference]) => inline ?? reference!)

/** Links of the file `path` that lead nowhere: to no file, or to no heading of it. */
const deadLinks = (path: string, text: string): ReadonlyArray<string> =>
  linksOf(text).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = "", anchor] = decodeURI(link).split("#")
    const target = file === "" ? path : join(dirname(path), file)
    if (!existsSync(join(root, target))) return true
    if (anchor === undefined || !target.endsWith(".md")) return false
    return !anchorsOf(target === path ? text : read(target)).has(anchor)
  })

describe("prose", () => {
  const wrapped = documents.filter((path) => !generated.includes(path))

  it.each(wrapped)(`of %s has no line over ${columns} columns`, (path) => {
    assert.deepStrictEqual(tooLong(read(path)), [])
  })

  it("is what can be wrapped: no code, table, heading or link that fills its line", () => {
    const word = "x".repeat(columns)
    const text = [
      `# ${word}`,
      `| ${word} |`,
      `- [${word}](${word}).`,
      "```sh",
      word + word,
      "```",
      `${"é ".repeat(columns / 2 - 1)}éé`,
      `- ${word}`,
      `see [x](${word})`
    ].join("\n")
    assert.deepStrictEqual(tooLong(text), [`8: - ${word}`, `9: see [x](${word})`])
  })
})

describe("links", () => {
  it.each(documents)("of %s lead somewhere", (path) => {
    assert.deepStrictEqual(deadLinks(path, read(path)), [])
  })

  it("are found dead where a file or a heading is not there", () => {
    const text = [
      "# One of `these`",
      "# Twice",
      "# Twice",
      "```",
      "# in a block [x](gone.md)",
      "```",
      "[a](#one-of-these) [b](#twice-1) [c](#twice-2) [d](#in-a-block-xgonemd) [e](https://example.org/gone.md)",
      "[f](SECURITY.md#report-a-weakness) [g](SECURITY.md#gone) [h](gone.md) [i](package.json#gone)",
      "[j]: also-gone.md"
    ].join("\n")
    assert.deepStrictEqual(deadLinks("README.md", text), [
      "#twice-2",
      "#in-a-block-xgonemd",
      "SECURITY.md#gone",
      "gone.md",
      "also-gone.md"
    ])
  })
})

/*
 * A threshold is called threshold. The bucket, the flag, the file and the fields of stored messages and answers are called *seuils*: programs read them
 * by that name.
 */

/** Where contracts say it: names of the bucket, the flag, the condition of health and the file, and fields that are read. */
const contractForms =
  /["`]seuils["`]|KV_(?:shop_)?seuils|seuils\.json|bucket seuils|kv (?:get|put) seuils|--seuils|\.seuils?\b|"seuils":/g

/** Files that write or declare such fields. */
const contractFiles = new Set([
  ...["libs/domain/src/wire/record.ts", "libs/domain/src/wire/decode.ts"],
  ...["libs/readmodel/src/status/status.ts", "libs/readmodel/src/queries/status.ts"],
  ...["apps/detector/src/verify/audit-steps.ts", "apps/detector/src/verify/record.ts"],
  ...["apps/cli/src/init/run.ts", "apps/thresholds/src/compute/report.ts", "apps/thresholds/src/history/entries.ts"],
  ...["apps/dashboard/src/api/alerts.ts", "apps/dashboard/src/api/series.ts", "apps/dashboard/src/api/status.ts"],
  ...["apps/dashboard/src/live/backlog.ts", "apps/dashboard/web/src/series.ts"],
  ...["apps/dashboard/src/queries/explain.ts", "apps/dashboard/src/queries/series.ts"]
])
const field = /\bseuils?: /g

const french = /au-dessus du seuil/g
const inFrench = new Set(["libs/presentation/src/words/fr.ts", "libs/presentation/src/report/fr.ts"])

/** The lines of a source that call a threshold by its French name. */
const seuilsIn = (path: string, source: string): ReadonlyArray<string> =>
  source.split("\n").flatMap((line, i) => {
    const rest = line.replace(contractForms, "").replace(french, "")
    return /\bseuils?\b/i.test(contractFiles.has(path) ? rest.replace(field, "") : rest) ? [`${path}:${i + 1}`] : []
  })

describe("names in English", () => {
  const sources = filesOf("apps/*/src/*", "apps/*/web/src/*", "libs/*/src/*").filter(
    (path) => /\.(?:tsx?|css)$/.test(path) && !inFrench.has(path)
  )

  it("say threshold, but for those of the contract", () => {
    assert.deepStrictEqual(
      sources.flatMap((path) => seuilsIn(path, read(path))),
      []
    )
  })

  it("are found in variables, parameters, fields and comments", () => {
    const source = [
      "const seuil = record.seuils.ip",
      "const f = (seuils: A) => 1",
      "  readonly seuil: number",
      "/** The seuil of a dimension, from deploy/seuils.json */",
      'const bucket = named("seuils")'
    ].join("\n")
    assert.deepStrictEqual(seuilsIn("a.ts", source), ["a.ts:1", "a.ts:2", "a.ts:3", "a.ts:4"])
    assert.deepStrictEqual(seuilsIn("apps/dashboard/src/api/status.ts", "  seuils: perDimension(A),"), [])
  })
})
