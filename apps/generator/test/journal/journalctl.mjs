#!/usr/bin/env node
// As much of journalctl as `ship --journald` asks for, over a file of rows ($JOURNAL): each has __CURSOR, MESSAGE and _SYSTEMD_UNIT.
import { readFileSync } from "node:fs"

const args = process.argv.slice(2)
const values = (name) => args.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3))
if (!args.includes("--all") || !args.includes("--output=json")) process.exit(9)
if (process.env.JOURNAL_BROKEN) {
  process.stderr.write("No journal files were found.\n")
  process.exit(1)
}
const field = "_SYSTEMD_UNIT="
const units = args.filter((arg) => arg.startsWith(field)).map((arg) => arg.slice(field.length))
const number = (cursor) => Number(/i=(\d+)/.exec(cursor)[1])
const [from] = values("cursor").map(number)
const [last] = values("lines").map(Number)
let seen = 0
const pass = () => {
  const text = readFileSync(process.env.JOURNAL, "utf8")
  const rows = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1)
  const wanted = rows.filter((row) => {
    const { __CURSOR, _SYSTEMD_UNIT } = JSON.parse(row)
    return (
      number(__CURSOR) >= (from ?? 0) &&
      number(__CURSOR) > seen &&
      (units.length === 0 || units.includes(_SYSTEMD_UNIT))
    )
  })
  for (const row of last === undefined ? wanted : wanted.slice(-last)) process.stdout.write(`${row}\n`)
  if (rows.length > 0) seen = Math.max(seen, number(JSON.parse(rows.at(-1)).__CURSOR))
}
pass()
if (args.includes("--follow")) setInterval(pass, 10)
process.stdout.on("error", () => process.exit(0))
