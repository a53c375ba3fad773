import { describe, expect, it } from "vitest"
import { agentOf } from "../src/index.ts"

const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

describe("an agent", () => {
  it.each([
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome}`, "Chrome", "browser", "Windows"],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Edg/142.0.0.0`, "Edge", "browser", "Windows"],
    [`Mozilla/5.0 (Windows NT 10.0) ${chrome} OPR/110.0.0.0`, "Opera", "browser", "Windows"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox", "browser", "Linux"],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
      "Safari",
      "browser",
      "macOS"
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
      "Chrome",
      "browser",
      "iOS"
    ],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S918B) ${chrome} SamsungBrowser/26.0`,
      "Samsung Internet",
      "browser",
      "Android"
    ],
    ["Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "Internet Explorer", "browser", "Windows"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "bot", undefined],
    ["Mozilla/5.0 (compatible; SomeNewBot/1.0; +https://example.org)", "SomeNewBot", "bot", undefined],
    ["Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)", "spider", "bot", undefined],
    ["curl/8.5.0", "curl", "program", undefined],
    ["python-requests/2.32.3", "Python", "program", undefined],
    ["kube-probe/1.31", "kube-probe", "monitor", undefined],
    ["something else", undefined, "other", undefined],
    ["-", undefined, "none", undefined],
    ["", undefined, "none", undefined]
  ])("%s is told by its family, its kind and its system", (text, family, kind, system) => {
    expect(agentOf(text)).toEqual({ family, kind, system })
  })

  it("that is as long as a line may be takes no more time than it has bytes", () => {
    const startedMs = performance.now()
    for (let i = 0; i < 200; i++) agentOf(`${"ab-".repeat(5_000)}bot`)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})
