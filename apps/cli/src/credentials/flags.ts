import { jsonFlag, roles } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const credentialsFlags = {
  dir: Flag.String("dir").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Where they are kept, readable by this user only"),
    Flag.withDefault(".chaussettes/credentials")
  ),
  url: Flag.String("url").pipe(
    Flag.withDescription(
      "The server that the contexts name (default: the one that those in the folder name, or nats://127.0.0.1:4222)"
    ),
    Flag.optional
  ),
  roleDirs: Flag.String("role-dirs").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription(
      "Also put each role's context alone into its folder below this one, where there is such a folder"
    ),
    Flag.optional
  ),
  print: Flag.Literals("print", [...roles, "page-token"]).pipe(
    Flag.withDescription("Print this role's context, or the page's token for raw lines, and nothing else"),
    Flag.optional
  ),
  add: Flag.String("add").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Make a user for a shipper that may send the lines of --source, and print its context"),
    Flag.optional
  ),
  source: Flag.String("source").pipe(
    Flag.withDescription("The one source that the shipper of --add may send: logs.<source>"),
    Flag.optional
  ),
  mayResume: Flag.Boolean("may-resume").pipe(
    Flag.withDescription(
      "The shipper of --add may ask for its source's last message, to go on behind it; for a machine of your own"
    ),
    Flag.withDefault(false)
  ),
  mayAsk: Flag.Boolean("may-ask").pipe(
    Flag.withDescription(
      "The shipper of --add may ask how much LOGS holds, as Vector and Telegraf do; for a machine of your own"
    ),
    Flag.withDefault(false)
  ),
  remove: Flag.String("remove").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Take away the user of a shipper; its lines stay"),
    Flag.optional
  ),
  json: jsonFlag
} as const

export type CredentialsInput = Command.Command.Config.Infer<typeof credentialsFlags>
