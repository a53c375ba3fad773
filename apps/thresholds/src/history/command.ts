import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const historyCommand = Command.make(
  "history",
  {
    nats: natsFlags,
    backTo: Flag.Int("back-to").pipe(
      Flag.withMetavar("revision"),
      Flag.withDescription("Put what stood at this revision in force again, with all that was published with it"),
      Flag.filter(
        (revision) => revision >= 1,
        () => "a revision, as the list shows them"
      ),
      Flag.optional
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./run.ts")),
      ({ history }) => history(input)
    )
).pipe(
  Command.withDescription("Every threshold that was ever in force: by whom, when, and how much it alerted"),
  Command.withExamples([
    { command: "chaussettes thresholds history", description: "The list" },
    { command: "chaussettes thresholds history --back-to 12", description: "As it was at revision 12" }
  ])
)
