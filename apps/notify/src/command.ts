import { asForm, natsFlags, operationsFlags, parseSpanMs, spanExpected } from "@chaussettes/service"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const notifyCommand = Command.make(
  "notify",
  {
    nats: natsFlags,
    alertmanager: Flag.String("alertmanager").pipe(
      Flag.withMetavar("url"),
      Flag.withDescription(
        "Alertmanager to tell, such as http://localhost:9093; several times for the members of a cluster"
      ),
      Flag.atLeast(0)
    ),
    webhook: Flag.String("webhook").pipe(
      Flag.withMetavar("url"),
      Flag.withDescription(
        "Address that takes each change of an incident as JSON; several times for several; rather set CHAUSSETTES_NOTIFY_WEBHOOK where the address is a secret"
      ),
      Flag.atLeast(0)
    ),
    pageUrl: Flag.String("page-url").pipe(
      Flag.withMetavar("url"),
      Flag.withDescription("Where the page is, for links to it, such as http://localhost:8080"),
      Flag.optional
    ),
    quiet: Flag.Int("quiet").pipe(
      Flag.withMetavar("windows"),
      Flag.withDescription("So many windows without an alert of its key close an incident"),
      Flag.withDefault(3),
      Flag.filter(
        (n) => n >= 1 && n <= 100,
        () => `a number from 1 to 100`
      )
    ),
    refreshMs: Flag.String("refresh").pipe(
      Flag.withMetavar("span"),
      Flag.withDescription("Tell Alertmanager so often what is still open; it drops what it misses four times"),
      Flag.withDefault("1m"),
      asForm((text) => {
        const ms = parseSpanMs(text)
        return ms !== undefined && ms >= 1_000 && ms <= 3_600_000 ? ms : undefined
      }, `${spanExpected}, between 1s and 1h`)
    ),
    operations: operationsFlags
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./notify.ts")),
      ({ notify }) => notify(input)
    )
).pipe(
  Command.withDescription("Tells Alertmanager and webhooks of incidents: opened, escalated, closed"),
  Command.withExamples([
    {
      command: "chaussettes notify --alertmanager http://localhost:9093 --page-url http://localhost:8080",
      description: "Fires and resolves in Alertmanager, with links to the page"
    },
    { command: "chaussettes notify --webhook https://example.org/hook", description: "JSON to a program of yours" }
  ])
)
