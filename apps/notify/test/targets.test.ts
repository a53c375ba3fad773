import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseTarget, type Target } from "../src/targets.ts"

const parsed = (text: string): Target => Result.getOrThrow(parseTarget(text))
const refused = (text: string): string => {
  const result = parseTarget(text)
  if (Result.isSuccess(result)) throw new Error(`it takes ${text}`)
  return result.failure
}
const posted = (text: string) => {
  const target = parsed(text)
  return "address" in target ? [target.kind, target.address.url, target.address.headers] : []
}
const server = (text: string) => {
  const target = parsed(text)
  return target.kind === "smtp" ? target.server : undefined
}

describe("an address", () => {
  it.each([
    ["slack://T00/B00/xyz", "slack", "https://hooks.slack.com/services/T00/B00/xyz"],
    ["https://hooks.slack.com/services/T00/B00/xyz", "slack", "https://hooks.slack.com/services/T00/B00/xyz"],
    ["slack+https://chat.example/hooks/a?b=c", "slack", "https://chat.example/hooks/a?b=c"],
    [
      "teams://a.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x%2Fy",
      "teams",
      "https://a.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x%2Fy"
    ],
    ["alertmanager+http://am:9093/x/", "alertmanager", "http://am:9093/x/"],
    ["https://example.org/hook", "webhook", "https://example.org/hook"],
    ["HTTP://example.org/hook", "webhook", "http://example.org/hook"],
    ["ntfy://ntfy.sh/topic_1", "ntfy", "https://ntfy.sh/"],
    ["ntfy+http://127.0.0.1:8080/topic", "ntfy", "http://127.0.0.1:8080/"]
  ])("%s is %s at %s", (text, kind, url) => {
    assert.deepStrictEqual(posted(text), [kind, url, {}])
  })

  it("has a user or a token, which are headers from then on", () => {
    assert.deepStrictEqual(posted("ntfy://me:p%40ss@ntfy.example/t"), [
      "ntfy",
      "https://ntfy.example/",
      { authorization: `Basic ${btoa("me:p@ss")}` }
    ])
    assert.deepStrictEqual(posted("ntfy://:tk_secret@ntfy.example/t"), [
      "ntfy",
      "https://ntfy.example/",
      { authorization: "Bearer tk_secret" }
    ])
  })

  it("of mail has STARTTLS unless it says otherwise, and a + in an address is a +", () => {
    assert.deepStrictEqual(
      server("smtp://me%40x:p%zz:w@mail.example/?from=a@x.example&to=ops+night@x.example,b@x.example"),
      {
        host: "mail.example",
        port: 587,
        tls: "starttls",
        user: "me@x",
        password: "p%zz:w",
        from: "a@x.example",
        to: ["ops+night@x.example", "b@x.example"]
      }
    )
    assert.deepInclude(server("smtps://mail.example/?from=a@x&to=b@x"), { port: 465, tls: "implicit", user: undefined })
    assert.deepInclude(server("smtp://[::1]:2525?from=a@x&to=b@x&tls=none"), { host: "::1", port: 2525, tls: "none" })
    assert.deepInclude(server("smtp://mail.example:443?from=a@x&to=b@x"), { port: 443 })
  })

  it.each([
    ["nonsense", /^has to be an address such as slack:/],
    ["slak://a/b/c", /^knows no slak:\/\/ \(did you mean slack:\/\/\?\); there are slack:\/\/, /],
    ["slack://a/b", /slack:\/\/TOKEN-A/],
    ["slack://a/b/c?d", /slack:\/\/TOKEN-A/],
    ["teams://", /teams:\/\/HOST/],
    ["teams://tenant.webhook.office.com/webhookb2/x", /Microsoft has retired/],
    ["https://outlook.office.com/webhook/x", /Microsoft has retired/],
    ["ntfy://ntfy.sh/", /ntfy:\/\/HOST\/TOPIC/],
    ["ntfy://ntfy.sh/a/b", /ntfy:\/\/HOST\/TOPIC/],
    ["ntfy://ntfy.sh/a?priority=5", /ntfy:\/\/HOST\/TOPIC/],
    ["smtp://mail.example/?to=a@x", /needs a sender and recipients/],
    ["smtp://mail.example/?from=a@x&to=", /needs a sender and recipients/],
    ["smtp://mail.example/?from=a@x%0d%0aBcc:y@z&to=b@x", /needs a sender and recipients/],
    ["smtp://mail.example/?from=a@x&to=b@x&cc=c@x", /a part \?cc= that is not known/],
    ["smtp://mail.example/?from=a@x&to=b@x&tls=maybe", /\?tls=none/],
    ["smtp://me:secret@mail.example/?from=a@x&to=b@x&tls=none", /password in the clear/]
  ])("%s is refused, and the sentence says how it should be", (text, why) => {
    assert.match(refused(text), why)
  })

  it.each([
    "slack://T0/B0/hunter2/x",
    "hunter2",
    "ntfy://me:hunter2@ntfy.sh/",
    "smtp://me:hunter2@mail.example/?from=a@x",
    "teams://tenant.webhook.office.com/hunter2"
  ])("of which a part may be a secret is not repeated: %s", (text) => {
    assert.notInclude(refused(text), "hunter2")
  })
})
