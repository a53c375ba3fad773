import { startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, type Program, startChaussettes, until } from "@chaussettes/testing"
import { assert, describe, it, onTestFinished } from "@effect/vitest"

const says = (program: Program, words: RegExp, times = 1) =>
  until(`it says ${words}`, () => program.stderr().split(words).length > times || undefined, { seen: program.output })

/** Of /metrics, where the log says that it is. */
const leading = async (program: Program): Promise<number> => {
  const [, address] = /Health and metrics on (http:[^"\s]+)/.exec(program.stderr())!
  const metrics = await (await fetch(`${address}/metrics`)).text()
  return Number(/^chaussettes_notify_leading (\d)$/m.exec(metrics)?.[1])
}

describe("two notifiers", () => {
  it("notify by one of them, and the other takes over from one that is killed or frozen", async () => {
    const server = await startServer()
    onTestFinished(() => server.stop())
    assert.strictEqual((await chaussettes(["init", "--server", server.url])).code, 0)
    const start = () => {
      const args = ["notify", "--server", server.url, "--http-port", "0", "--webhook", "http://127.0.0.1:9/"]
      const program = startChaussettes(args, { env: { LOG_FORMAT: "json" } })
      onTestFinished(() => void program.child.kill("SIGKILL"))
      return program
    }
    const first = start()
    await says(first, /"Notifying"/)
    const second = start()
    await says(second, /Standing by: \S+ notifies/)
    assert.deepStrictEqual(await Promise.all([first, second].map(leading)), [1, 0])
    assert.notMatch(second.stderr(), /"Notifying"/)
    first.child.kill("SIGKILL")
    await says(second, /"Notifying"/)
    assert.strictEqual(await leading(second), 1)

    const third = start()
    await says(third, /Standing by: \S+ notifies/)
    second.child.kill("SIGSTOP")
    await says(third, /"Notifying"/)
    second.child.kill("SIGCONT")
    await says(second, /Another notifier has taken over: standing by/)
    for (const running of [second, third]) running.child.kill("SIGTERM")
    assert.deepStrictEqual(await Promise.all([second.ended, third.ended]), [0, 0])
  }, 90_000)
})
