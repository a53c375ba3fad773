import { defaultReading, parseIgnore } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { jsonOf, textOf } from "../../src/parse/report.ts"
import { readingFlagsIn } from "../../src/parse/run.ts"
import { ParseTally } from "../../src/parse/tally.ts"
import { visible } from "../../src/parse/visible.ts"

const request = '[17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12'
const common = `83.149.9.216 - - ${request}`
const combined = `${common} "http://x/" "Mozilla/5.0 \\"quoted\\""`

const tallyOf = (lines: ReadonlyArray<string | Uint8Array>, examples = 3): ParseTally => {
  const tally = new ParseTally(examples)
  let line = 1
  for (const text of lines) {
    const bytes = Buffer.concat([Buffer.from(text as string, "utf8"), Buffer.from("\n")])
    line += tally.add(bytes, 0, bytes.length, "access.log", line)
  }
  return tally
}

describe("the form of a line", () => {
  it.each([
    [common, "common"],
    [`83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 304 -`, "common"],
    [combined, "combined"],
    [`www.example.org:443 ${common}`, "common + virtual host"],
    [`www.example.org ${combined}`, "combined + virtual host"],
    [`${common} 0.003`, "common + further fields"],
    [`${combined} "203.0.113.9" 0.003`, "combined + further fields"],
    [`www.example.org ${combined} 0.003`, "combined + virtual host + further fields"],
    ['10.0.0.1 - frank [17/May/2015:10:05:03 +0000] "GET /\\"b\\" 200 1 \\" HTTP/1.1" 200 12', "common"],
    ['10.0.0.1 - - [17/May/2015:10:05:03 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"', "combined"]
  ])("%s is %s", (line, form) => {
    const tally = tallyOf([line])
    expect([...tally.formats]).toEqual([[form, 1]])
    expect(tally.parsed).toBe(1)
  })

  it("does not depend on what stands behind the line", () => {
    const bytes = Buffer.from(`${common}\n"x" "y" z\n${combined}\r\n`)
    const tally = new ParseTally(1)
    expect(tally.add(bytes, 0, bytes.length, "f", 1)).toBe(3)
    expect([...tally.formats]).toEqual([
      ["common", 1],
      ["combined", 1]
    ])
  })
})

describe("rules for ignored traffic", () => {
  const rules = (text: string) => {
    const parsed = parseIgnore(text)
    return parsed.ok ? parsed.rules : []
  }
  const reading = {
    version: 2 as const,
    trusted: [],
    ignore: { revision: 0, rules: rules("path=/a; health; path=/*") }
  }
  const lines = Buffer.from(`${common}\n${common}\n${common.replace("/a ", "/b ")}\nno line\n`)
  const tally = new ParseTally(1, reading)
  tally.add(lines, 0, lines.length, "f", 1)

  it("are told with how many of the lines each would take out, also where it is none: the first that fits takes it", () => {
    expect(jsonOf(tally, 0)).toMatchObject({ parsed: 3, ignored: { "path=/a": 2, "path=/*": 1, health: 0 } })
    expect(textOf(tally, 1)).toContain(
      "3 would be ignored (100 %)\n           2  path=/a\n           1  path=/*\n           0  health\n"
    )
  })

  it("are not spoken of where none are given", () => {
    expect(textOf(tallyOf([common]), 1)).not.toContain("ignored")
    expect(jsonOf(tallyOf([common]), 0).ignored).toEqual({})
  })
})

describe("a line that does not parse", () => {
  it("is counted by its reason, with its number and the first ones in full", () => {
    const tally = tallyOf([combined, "", `${combined} "cut`, combined, "", ""], 2)
    expect(tally.lines).toBe(6)
    expect(tally.rejected.get("empty")).toEqual({
      lines: 3,
      examples: [
        { file: "access.log", line: 2, text: "" },
        { file: "access.log", line: 5, text: "" }
      ]
    })
    expect(tally.rejected.get("truncated")!.lines).toBe(1)
    expect(textOf(tally, 1)).toContain("line 5: ")
    expect(textOf(tally, 2)).toContain("access.log:5: ")
  })

  it("is named where it is no text, with what to do", () => {
    const binary = tallyOf([Buffer.from([7, 0, 1, 200]), Buffer.from([0, 0, 3])])
    expect(textOf(binary, 1)).toContain("It is binary data, not text.")
    expect(textOf(tallyOf(["no line of a log"]), 1)).toContain("No line parses. Declare the format: --format")
  })

  it("is shown without anything that a terminal would obey", () => {
    const hostile = Buffer.from("\u001b[2J\u0007\u009b31m\u202e evil \u{e0041}", "utf8")
    const text = textOf(tallyOf([hostile, Buffer.from([0xff, 0xfe, 0x41])]), 1)
    expect(text).toContain("\\x1b[2J\\x07\\x9b31m\\u{202e} evil \\u{e0041}")
    expect(text).toContain("\\xff\\xfeA")
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })

  it("is cut where it is long", () => {
    expect(visible(Buffer.alloc(100_000, 0x41), 200)).toBe(`${"A".repeat(200)}…`)
  })

  it("stands in the JSON with the reason in words, the most frequent first", () => {
    const json = jsonOf(tallyOf(["", "", "nobody knows", combined]), 0)
    expect(Object.keys(json.rejected)[0]).toBe("empty")
    expect(json).toMatchObject({ schema: "chaussettes.parse.v1", lines: 4, parsed: 1, formats: { combined: 1 } })
  })
})

describe("the doctor", () => {
  const lineOf = (client: string, status = 200, time = "10:05:03") =>
    `${client} - - [17/May/2015:${time} +0000] "GET /a?b HTTP/1.1" ${status} 12 "-" "x"`

  it("shows the templates under which URLs count", () => {
    const tally = new ParseTally(3, { ...defaultReading, templates: { auto: 1 } }, 10)
    const line = (path: string) => `203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET ${path} HTTP/1.1" 200 12\n`
    const bytes = Buffer.from(["/about", "/users/12", "/users/13"].map(line).join(""))
    tally.add(bytes, 0, bytes.length, "f", 1)
    expect(tally.fields.map(({ url, template }) => [url, template])).toEqual([
      ["/about", undefined],
      ["/users/12", "/users/:id"],
      ["/users/13", "/users/:id"]
    ])
    expect(textOf(tally, 1)).toMatch(/2 count under 1 template \(66\.67 %\)\n +2 {2}\/users\/:id\n/)
  })

  it("shows a line of each format with its fields", () => {
    const json = JSON.stringify({
      ts: 1431857103.5,
      request: { remote_ip: "203.0.113.7", method: "POST", uri: "/j" },
      status: 502,
      size: 7
    })
    const tally = new ParseTally(3, undefined, 10)
    const bytes = Buffer.from(`${lineOf("203.0.113.9")}\n${json}\n`)
    tally.add(bytes, 0, bytes.length, "f", 1)
    const time = "2015-05-17T10:05:03"
    expect(tally.fields).toEqual([
      {
        file: "f",
        line: 1,
        format: "combined",
        client: "203.0.113.9",
        time: `${time}Z`,
        method: "GET",
        url: "/a",
        status: 200,
        size: 12
      },
      {
        file: "f",
        line: 2,
        format: "json",
        client: "203.0.113.7",
        time: `${time}.500Z`,
        method: "POST",
        url: "/j",
        status: 502,
        size: 7
      }
    ])
    expect(textOf(tally, 1)).toMatch(
      /client +203\.0\.113\.7\n +time +2015-05-17T10:05:03\.500Z\n +method +POST\n +URL +\/j\n +status +502/
    )
    expect(textOf(tally, 1, ["access.log"])).toContain("Next: chaussettes analyze access.log\n")
  })

  it("says the next command with the flags that were given, to be copied as it stands", () => {
    const args = ["parse", "a b.log", "--trusted-proxies", "private", "--format=$remote_addr it's", "--examples", "3"]
    const flags = readingFlagsIn(args)
    expect(textOf(tallyOf([lineOf("203.0.113.9")]), 1, ["a b.log"], false, flags)).toContain(
      "Next: chaussettes analyze 'a b.log' --trusted-proxies private '--format=$remote_addr it'\\''s'\n"
    )
  })

  it("says loudly when one address looks like a proxy, with the flag to give", () => {
    const tally = tallyOf(Array.from({ length: 30 }, () => lineOf("10.0.0.9")))
    expect(tally.proxy).toMatchObject({ client: "10.0.0.9", share: 1, isPrivate: true })
    expect(textOf(tally, 1)).toContain("WARNING: 10.0.0.9 has sent 100 % of the requests")
    expect(textOf(tally, 1)).toContain("--trusted-proxies private")
    expect(tallyOf(Array.from({ length: 30 }, (_, i) => lineOf(`203.0.113.${i}`))).proxy).toBeUndefined()
  })

  it("asks where two addresses stand side by side", () => {
    const text = textOf(tallyOf([lineOf("203.0.113.7 10.0.0.9"), lineOf("203.0.113.7")]), 1)
    expect(text).toContain("The lines have two addresses side by side")
  })

  it("says which format comes nearest, and at which field it breaks", () => {
    const squid =
      "1286536309.450    180 192.168.0.227 TCP_MISS/200 411 GET http://example.com/a.html - DIRECT/192.0.2.9"
    expect(textOf(tallyOf([squid.replace("/200", "/ok")]), 1)).toMatch(
      /closest format: squid, but field 4 (?:does not fit|should be (?!field\b)\w+)/
    )
  })

  it("says which field is not found in an object", () => {
    const text = textOf(
      tallyOf(['{"time":"2026-10-10T13:55:36Z","remote_addr":"203.0.113.7","uri":"/a","code":"ok"}']),
      1
    )
    expect(text).toMatch(/a JSON object in which no status is found/)
  })

  it.each([
    ["::FFFF:203.0.113.7", "203.0.113.7"],
    ["2001:DB8:0:0::1", "2001:db8::1"]
  ])("shows a client as it is counted: %s", (client, counted) => {
    const tally = new ParseTally(3, undefined, 10)
    const bytes = Buffer.from(`${lineOf(client)}\n`)
    tally.add(bytes, 0, bytes.length, "f", 1)
    expect(tally.fields[0]?.client).toBe(counted)
  })

  it("says the order of the times", () => {
    const text = textOf(tallyOf([lineOf("a.b", 200, "10:05:03"), lineOf("a.b", 200, "10:04:03")]), 1)
    expect(text).toContain(
      "From 2015-05-17T10:04:03Z to 2015-05-17T10:05:03Z, 1 lines older than an earlier one, by 1m at most"
    )
  })
})
