import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { atOnceBatch, type Batch, countsOf } from "../src/batch.ts"
import type { Change, ChangeState } from "../src/change.ts"
import { mailOf } from "../src/email.ts"
import { composer, type TextTemplate } from "../src/message.ts"
import { ntfyBody } from "../src/ntfy.ts"
import { slackBody, slackEscape } from "../src/slack.ts"
import { teamsBody } from "../src/teams.ts"
import { parseTemplate } from "../src/template.ts"
import { digestBody } from "../src/webhook.ts"
import { changeIn, type Happened } from "./support/events.ts"

/** A change of an incident whose cause is a URL, or a client. */
const change = (state: ChangeState, key: string, more: Partial<Happened> = {}): Change => {
  const dimension = key.startsWith("/") ? "url" : "ip"
  return changeIn(state, { name: key.slice(1), ...more, cause: { dimension, key, keys: [key], ...more.cause } })
}
const english = composer({ language: "en", pageUrl: "http://page.example/", template: undefined })
const french = composer({ language: "fr", pageUrl: undefined, template: undefined })
const templated = (text: string) =>
  composer({
    language: "en",
    pageUrl: undefined,
    template: Result.getOrThrow(parseTemplate(text)) as TextTemplate
  })

const one = atOnceBatch([change("opened", "10.0.0.1")])
const many: Batch = {
  changes: [
    change("opened", "/checkout", { severity: "HIGH" }),
    change("closed", "10.0.0.9", { severity: "HIGH" }),
    ...Array.from({ length: 13 }, (_, i) => change("opened", `10.0.0.${i + 10}`))
  ],
  counts: { ...countsOf(() => 0), opened: 16, closed: 1 },
  heldSinceMs: Date.UTC(2026, 0, 5, 14, 5),
  heldFor: "limit"
}

/** A client that writes what it likes into a log. */
const hostileUrl = "/<!channel>*b*[x](http://evil.example)\r\nBcc: victim@example\u202e\u0007&`{{key}}`"
const hostile = atOnceBatch([change("opened", hostileUrl, { severity: "HIGH" })])

describe("a message", () => {
  it("of one incident says in its title what happened to whom, and then how much", () => {
    const message = english.message(one)
    assert.strictEqual(message.title, "MEDIUM opened: Client 10.0.0.1, server errors (5xx)")
    assert.strictEqual(
      message.text,
      `Client 10.0.0.1: 40 requests failed with server errors (5xx), 40.0 % where 1.0 % is usual.
Since 2026-01-05T10:00:00Z.`
    )
    assert.strictEqual(message.link?.url, `http://page.example/incidents/${one.changes[0]!.event.id}`)
  })

  it("names the cause with its other keys, who is hurt by it, and who takes care of it", () => {
    const hurt = change("acknowledged", "/a", {
      cause: { keys: ["/a", "/b", "/c"], key_count: 3 },
      victims: { network: 0, url: 0, ip: 20 }
    })
    const acknowledged = { id: "x", by: "anna\u001b[31m", at: "2026-01-05T10:03:00Z" }
    const { text, title, tone } = english.message(atOnceBatch([{ ...hurt, acknowledged }]))
    assert.strictEqual(title, "MEDIUM acknowledged: URL /a and 2 more URLs, server errors (5xx)")
    assert.match(text, /Affected: 20 clients\. Acknowledged by anna.* at 2026-01-05T10:03:00Z\.$/)
    assert.notInclude(text, "\u001b")
    assert.strictEqual(tone, "low")
    const fr = french.message(atOnceBatch([{ ...hurt, acknowledged }]))
    assert.strictEqual(
      fr.title,
      "Incident pris en charge (gravité moyenne)\u00a0: URL /a et 2 autres URL, erreurs serveur (5xx)"
    )
    assert.match(fr.text, /Touchés\u00a0: 20 clients\. Pris en charge par anna/)
  })

  it("says why an incident is over, and what is wrong with traffic", () => {
    const over = english.message(atOnceBatch([change("closed", "/a", { closed_why: "merged" })]))
    assert.match(over.text, /\nFrom 2026-01-05T10:00:00Z to 2026-01-05T10:00:10Z: another open incident explains it\./)
    const traffic = (kind: "silence" | "drop" | "spike", key: string | null) =>
      atOnceBatch([
        changeIn("opened", {
          name: "t",
          kind,
          requests: 7,
          errors: 0,
          clients: 0,
          cause: { dimension: key === null ? "global" : "ip", key }
        })
      ])
    assert.match(english.message(traffic("silence", null)).text, /^No requests, where far more were expected/)
    assert.match(english.message(traffic("drop", null)).text, /^Too few requests: 7 since 2026/)
    assert.match(
      english.message(traffic("spike", "192.0.2.1")).text,
      /^Too many requests, most of them from 192\.0\.2\.1: 7 since/
    )
    assert.match(french.message(traffic("drop", null)).text, /^Trop peu de requêtes\u00a0: 7 depuis 2026/)
    assert.strictEqual(english.message(traffic("silence", null)).title, "MEDIUM opened: All traffic, no requests")
    const latency = { slow: 60, p50_us: 300_000, p95_us: 1_900_000, usual_p50_us: 90_000, usual_p95_us: 400_000 }
    const slow = atOnceBatch([
      changeIn("opened", { name: "search", kind: "latency", requests: 120, errors: 0, latency })
    ])
    assert.match(english.message(slow).text, /^URL \/search: p95 is 1\.9 s where 0\.4 s is usual, 120 requests/)
    assert.match(french.message(slow).text, /^URL \/search\u00a0: p95 à 1,9 s contre 0,4 s d’ordinaire, 120 requêtes/)
  })

  it("of several has how many, since when, the worst, and at most ten of them", () => {
    const { text, title } = english.message(many)
    assert.strictEqual(
      title,
      "16 more incidents since 14:05 UTC, the worst: HIGH opened: URL /checkout: 40 requests failed with server errors (5xx), 40.0 % where 1.0 % is usual"
    )
    const lines = text.split("\n")
    assert.strictEqual(lines[0], "16 opened, 1 over.")
    // What is high comes first, and of that what goes on.
    assert.match(lines[1]!, /^- HIGH opened: URL \/checkout/)
    assert.match(lines[2]!, /^- HIGH over: Client 10\.0\.0\.9/)
    assert.strictEqual(lines.length, 12)
    assert.strictEqual(lines.at(-1), "and 6 others")
  })

  it("says more of what was held back for a digest than that there is more", () => {
    assert.match(english.message({ ...many, heldFor: "digest" }).title, /^16 incidents since 14:05 UTC/)
  })

  it("speaks French", () => {
    assert.strictEqual(
      french.message(one).title,
      "Incident ouvert (gravité moyenne)\u00a0: Client 10.0.0.1, erreurs serveur (5xx)"
    )
    assert.match(
      french.message(one).text,
      /^Client 10\.0\.0\.1\u00a0: 40 requêtes en erreur serveur \(5xx\), soit 40,0\u202f% contre 1,0\u202f% d’ordinaire\.\nDepuis /
    )
    assert.match(
      french.message(many).title,
      /^16 incidents de plus depuis 14:05 UTC, dont le pire\u00a0: Incident ouvert \(gravité haute\)\u00a0: URL \/checkout/
    )
    assert.match(french.message(many).text, /^16 ouverts, 1 terminé\.\n/)
  })

  it("names a URL that is long or acts on what shows it shortly and harmlessly", () => {
    const { text, title } = english.message(hostile)
    assert.notMatch(`${title}${text.split("\n")[0]}`, /[\r\u202e\u0007]/)
    assert.include(title, "\\x0D\\x0ABcc")
    const long = atOnceBatch([change("opened", `/${"é".repeat(5_000)}`)])
    assert.isBelow(english.message(long).title.length, 260)
    assert.isBelow(english.message(long).text.length, 700)
  })

  it("has the words of a template, with its fields", () => {
    const message = templated("{{state}} now ({{count}})\n{{summary}} since {{opened}}").message(one)
    assert.strictEqual(message.title, "opened now (1)")
    assert.strictEqual(
      message.text,
      "Client 10.0.0.1: 40 requests failed with server errors (5xx), 40.0 % where 1.0 % is usual since 2026-01-05T10:00:00Z"
    )
    const empty = templated("{{page}}\n{{since}}").message(one)
    assert.deepInclude(empty, {
      title: "MEDIUM opened: Client 10.0.0.1, server errors (5xx)",
      text: "MEDIUM opened: Client 10.0.0.1, server errors (5xx)"
    })
    const line = templated("{{heading}}!").message(many)
    assert.match(line.text, /^16 more incidents since .*!$/)
    assert.match(templated("{{others}} others, {{page}}.").message(many).text, /^15 others, \.$/)
  })
})

describe("Slack", () => {
  it("shows what comes from logs as plain text, and links to nothing but the page", () => {
    const body = slackBody(english.message(hostile, slackEscape))
    const [header, section, link] = body.blocks
    assert.strictEqual(header!.text.type, "plain_text")
    assert.strictEqual(section!.text.type, "plain_text")
    assert.match(link!.text.text, /^<http:\/\/page\.example\/incidents\/[^|<>]+\|Open the page>$/)
    assert.notMatch(body.text, /[<>]/)
  })

  it("takes a template's own markup and makes its fields harmless", () => {
    const body = slackBody(templated("*{{severity}}*\n<!here> {{key}}").message(hostile, slackEscape))
    const section = body.blocks[1]!.text
    assert.deepInclude(section, { type: "mrkdwn", verbatim: true })
    assert.match(section.text, /^<!here> \/&lt;!channel&gt;\*b\*\[x\]\(http:\/\/evil\.example\)/)
  })

  it("gets no longer text than it takes, cut between characters", () => {
    const body = slackBody(
      templated(`{{severity}}\n${"x".repeat(2_996)}{{key}}`).message(
        atOnceBatch([change("opened", "/<a>")]),
        slackEscape
      )
    )
    assert.strictEqual(body.blocks[1]!.text.text, `${"x".repeat(2_996)}/…`)
    assert.isAtMost(slackBody(english.message(many)).blocks[0]!.text.text.length, 150)
  })
})

describe("Teams", () => {
  it("gets a message with an Adaptive Card whose runs are no Markdown", () => {
    const body = teamsBody(english.message(hostile))
    const { content, contentType } = body.attachments[0]!
    assert.strictEqual(body.type, "message")
    assert.strictEqual(contentType, "application/vnd.microsoft.card.adaptive")
    assert.deepStrictEqual([...new Set(content.body.map(({ type }) => type))], ["RichTextBlock"])
    assert.deepStrictEqual(
      [...new Set(content.body.flatMap(({ inlines }) => inlines.map(({ type }) => type)))],
      ["TextRun"]
    )
    assert.deepStrictEqual(content.actions, [
      { type: "Action.OpenUrl", title: "Open the page", url: english.message(hostile).link!.url }
    ])
    assert.isBelow(
      Buffer.byteLength(JSON.stringify(teamsBody(templated("{{list}}".repeat(1_000)).message(many)))),
      28_000
    )
  })
})

describe("ntfy", () => {
  it("gets title, text, priority and link as JSON", () => {
    const body = ntfyBody("topic", english.message(hostile))
    assert.deepInclude(body, { topic: "topic", priority: 5, tags: ["rotating_light"] })
    assert.match(body.click!, /^http:\/\/page\.example\/incidents\//)
    assert.deepInclude(ntfyBody("t", english.message(one)), { priority: 4 })
    assert.deepInclude(ntfyBody("t", english.message(atOnceBatch([change("closed", "a", { severity: "HIGH" })]))), {
      priority: 3
    })
  })

  it("gets no message that would become a file", () => {
    const long = templated(`title\n${"é{{key}}".repeat(500)}`)
    const { message } = ntfyBody("t", long.message(hostile))
    assert.isAtMost(Buffer.byteLength(message), 4_000)
    assert.notInclude(message, "\ufffd")
  })
})

describe("mail", () => {
  const server = {
    host: "mail.example",
    port: 587,
    tls: "starttls",
    user: undefined,
    password: "",
    from: "chaussettes@ops.example",
    to: ["a@ops.example"]
  } as const

  it("has one line as its subject and the same identity when it is sent again", () => {
    const mail = mailOf(server, english.message(hostile))
    assert.notMatch(mail.subject, /[\r\n]/)
    assert.isAtMost(mail.subject.length, 200)
    assert.match(mail.messageId, /^<[0-9a-f]{16}@ops\.example>$/)
    assert.strictEqual(mailOf(server, english.message(hostile)).messageId, mail.messageId)
    assert.notProperty(mail, "html")
    const closed = mailOf(server, english.message(atOnceBatch([{ ...hostile.changes[0]!, state: "closed" }])))
    assert.notStrictEqual(closed.messageId, mail.messageId)
    assert.deepStrictEqual(closed.references, mail.references)
  })
})

describe("a webhook's digest", () => {
  const shape = { language: "en", pageUrl: undefined } as const

  it("has counts and the worst first", () => {
    const body = digestBody(many, shape)
    assert.deepInclude(body, {
      schema: "chaussettes.digest.v2",
      since: "2026-01-05T14:05:00Z",
      held_for: "limit",
      opened: 16,
      grew: 0,
      changed_cause: 0,
      acknowledged: 0,
      closed: 1,
      unlisted: 2
    })
    assert.include(
      JSON.stringify(body.changes[0]),
      '"state":"opened","kind":"server-errors","dimension":"url","url":"/checkout"'
    )
  })

  it("is bounded, however long the URLs are", () => {
    const changes = Array.from({ length: 300 }, (_, i) => change("opened", `/${i}${"x".repeat(2_000)}`))
    const body = digestBody(atOnceBatch(changes), shape)
    assert.isBelow(JSON.stringify(body).length, 300_000)
    assert.strictEqual(body.changes.length + body.unlisted, 300)
    assert.isBelow(
      digestBody(atOnceBatch(changes.map(({ state }, i) => change(state, `/${i}`))), shape).changes.length,
      101
    )
  })
})
