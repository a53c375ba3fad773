import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { parseErrors } from "../src/flags/errors.ts"

const by = ">=400"

describe("--errors", () => {
  it.each([
    ["5xx", { global: "5xx", ip: "5xx", url: "5xx", site: "5xx" }],
    ["global=5xx,ip=4xx,url=>=400", { global: "5xx", ip: "4xx", url: by, site: by }],
    ["ip=4xx-404", { global: by, ip: "400..403+405..499", url: by, site: by }],
    [" url = 500.. ", { global: by, ip: by, url: ">=500", site: by }]
  ])("reads %j, and leaves what it does not name as it is by default", (text, errors) => {
    expect(parseErrors(text)).toEqual(Result.succeed(errors))
  })

  it.each([
    ["", "a term is missing"],
    ["ip=", "a term is missing"],
    ["ip=4x", "4x is no status"],
    ["5xx,ip=4xx", "5xx has none"],
    ["host=4xx", "global, ip, url or site before the =, not host"],
    ["ip=4xx,ip=5xx", "ip once"],
    ["4xx-400..499", "no status is left"]
  ])("refuses %j and says why", (text, why) => {
    expect(Result.isFailure(parseErrors(text)) && parseErrors(text)).toMatchObject({
      failure: expect.stringContaining(why)
    })
  })
})
