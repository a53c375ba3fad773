import { Incidents } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Batch, oneWindow } from "../src/batch.ts"
import { mailOf } from "../src/email.ts"
import { composer, type TextTemplate } from "../src/message.ts"
import { ntfyBody } from "../src/ntfy.ts"
import { slackBody, slackEscape } from "../src/slack.ts"
import { teamsBody } from "../src/teams.ts"
import { parseTemplate } from "../src/template.ts"
import type { ChangeState } from "../src/tracker.ts"
import { digestBody } from "../src/webhook.ts"
import { alertIn, type Failing } from "./support/world.ts"

const change = (state: ChangeState, ...failing: Failing) => {
  const incidents = new Incidents()
  incidents.take(alertIn(0, failing))
  return { state, incident: incidents.open()[0]! }
}
const english = composer({ language: "en", pageUrl: "http://page.example/", template: undefined })
const french = composer({ language: "fr", pageUrl: undefined, template: undefined })
const templated = (text: string) =>
  composer({
    language: "en",
    pageUrl: undefined,
    template: Result.getOrThrow(parseTemplate(text)) as TextTemplate
  })

const one = oneWindow([change("opened", "ip", "10.0.0.1", 40)])
const many: Batch = {
  changes: [
    change("opened", "url", "/checkout", 90),
    change("closed", "ip", "10.0.0.9", 95),
    ...Array.from({ length: 13 }, (_, i) => change("opened", "ip", `10.0.0.${i + 10}`, 40))
  ],
  counts: { opened: 16, escalated: 0, closed: 1 },
  heldSinceMs: Date.UTC(2026, 0, 5, 14, 5),
  heldFor: "limit"
}

/** A client that writes what it likes into a log. */
const hostileUrl = "/<!channel>*b*[x](http://evil.example)\r\nBcc: victim@example\u202e\u0007&`{{key}}`"
const hostile = oneWindow([change("opened", "url", hostileUrl, 90)])

describe("a message", () => {
  it("of one incident says in its title what happened to whom, and then how much", () => {
    const message = english.message(one)
    assert.strictEqual(message.title, "MEDIUM opened: IP 10.0.0.1")
    assert.strictEqual(
      message.text,
      `IP 10.0.0.1: 40 of 100 requests failed (40.0 %)
1 alert in windows from 2026-01-05T10:00:00Z to 2026-01-05T10:00:10Z, the worst with 40.0 % errors. To see the lines: chaussettes explain ${one.changes[0]!.incident.id}`
    )
    assert.strictEqual(message.link?.url, `http://page.example/alerts/${one.changes[0]!.incident.id}`)
  })

  it("of several has how many, since when, the worst, and at most ten of them", () => {
    const { text, title } = english.message(many)
    assert.strictEqual(
      title,
      "16 more incidents since 14:05 UTC, the worst: HIGH opened: URL /checkout: 90 of 100 requests failed (90.0 %)"
    )
    const lines = text.split("\n")
    assert.strictEqual(lines[0], "16 opened, 0 escalated, 1 over.")
    // What is high comes first, and of that what goes on.
    assert.match(lines[1]!, /^- HIGH opened: URL \/checkout/)
    assert.match(lines[2]!, /^- HIGH over: IP 10\.0\.0\.9/)
    assert.strictEqual(lines.length, 12)
    assert.strictEqual(lines.at(-1), "and 6 others")
  })

  it("says more of what was held back for a digest than that there is more", () => {
    assert.match(english.message({ ...many, heldFor: "digest" }).title, /^16 incidents since 14:05 UTC/)
  })

  it("speaks French", () => {
    assert.strictEqual(french.message(one).title, "Incident ouvert (gravité moyenne)\u00a0: IP 10.0.0.1")
    assert.match(
      french.message(one).text,
      /^IP 10\.0\.0\.1\u00a0: 40 requêtes sur 100 en erreur \(40,0\u202f%\)\n1 alerte /
    )
    assert.match(
      french.message(many).title,
      /^16 incidents de plus depuis 14:05 UTC, dont le pire\u00a0: Incident ouvert \(gravité haute\)\u00a0: URL \/checkout/
    )
    assert.match(french.message(many).text, /^16 ouverts, 0 aggravé, 1 terminé\.\n/)
  })

  it("names a URL that is long or acts on what shows it shortly and harmlessly", () => {
    const { text, title } = english.message(hostile)
    assert.notMatch(`${title}${text.split("\n")[0]}`, /[\r\u202e\u0007]/)
    assert.include(title, "\\x0D\\x0ABcc")
    const long = oneWindow([change("opened", "url", `/${"é".repeat(5_000)}`, 90)])
    assert.isBelow(english.message(long).title.length, 260)
    assert.isBelow(english.message(long).text.length, 700)
  })

  it("has the words of a template, with its fields", () => {
    const message = templated("{{state}} now ({{count}})\n{{summary}} since {{opened}}").message(one)
    assert.strictEqual(message.title, "opened now (1)")
    assert.strictEqual(message.text, "IP 10.0.0.1: 40 of 100 requests failed (40.0 %) since 2026-01-05T10:00:00Z")
    const empty = templated("{{page}}\n{{since}}").message(one)
    assert.deepInclude(empty, { title: "MEDIUM opened: IP 10.0.0.1", text: "MEDIUM opened: IP 10.0.0.1" })
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
    assert.match(link!.text.text, /^<http:\/\/page\.example\/alerts\/[^|<>]+\|Open the page>$/)
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
      templated(`{{severity}}\n${"x".repeat(2_997)}{{key}}`).message(
        oneWindow([change("opened", "url", "<a>", 90)]),
        slackEscape
      )
    )
    assert.strictEqual(body.blocks[1]!.text.text, `${"x".repeat(2_997)}…`)
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
    assert.match(body.click!, /^http:\/\/page\.example\/alerts\//)
    assert.deepInclude(ntfyBody("t", english.message(one)), { priority: 4 })
    assert.deepInclude(ntfyBody("t", english.message(oneWindow([change("closed", "ip", "a", 90)]))), { priority: 3 })
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
    const closed = mailOf(server, english.message(oneWindow([{ ...hostile.changes[0]!, state: "closed" }])))
    assert.notStrictEqual(closed.messageId, mail.messageId)
    assert.deepStrictEqual(closed.references, mail.references)
  })
})

describe("a webhook's digest", () => {
  const shape = { language: "en", pageUrl: undefined } as const

  it("has counts and the worst first", () => {
    const body = digestBody(many, shape)
    assert.deepInclude(body, {
      schema: "chaussettes.digest.v1",
      since: "2026-01-05T14:05:00Z",
      held_for: "limit",
      opened: 16,
      escalated: 0,
      closed: 1,
      unlisted: 2
    })
    assert.include(JSON.stringify(body.changes[0]), '"state":"opened","dimension":"url","url":"/checkout"')
  })

  it("is bounded, however long the URLs are", () => {
    const changes = Array.from({ length: 500 }, (_, i) => change("opened", "url", `/${i}${"x".repeat(9_000)}`, 90))
    const body = digestBody(oneWindow(changes), shape)
    assert.isBelow(JSON.stringify(body).length, 300_000)
    assert.strictEqual(body.changes.length + body.unlisted, 500)
    assert.isBelow(
      digestBody(oneWindow(changes.map(({ state }, i) => change(state, "url", `/${i}`, 90))), shape).changes.length,
      101
    )
  })
})
