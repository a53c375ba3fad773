import { jsonFlag, roles } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const credentialsFlags = {
  dir: Flag.String("dir").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Keep the passwords and contexts in this folder, readable by this user only"),
    Flag.withDefault(".chaussettes/credentials")
  ),
  url: Flag.String("url").pipe(
    Flag.withDescription(
      "Write this server address into the contexts (default: the address already in the folder, else nats://127.0.0.1:4222)"
    ),
    Flag.optional
  ),
  roleDirs: Flag.String("role-dirs").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription(
      "Also write each role's context into the role's own folder below this one, where that folder exists"
    ),
    Flag.optional
  ),
  print: Flag.Literals("print", [...roles, "page-token"]).pipe(
    Flag.withDescription("Print only this role's context, or only the page's token for raw lines"),
    Flag.optional
  ),
  add: Flag.String("add").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Create a user for a shipper that may send the lines of --source, and print its context"),
    Flag.optional
  ),
  source: Flag.String("source").pipe(
    Flag.withDescription("Let the shipper of --add send this source only: logs.<source>"),
    Flag.optional
  ),
  mayResume: Flag.Boolean("may-resume").pipe(
    Flag.withDescription(
      "Also let the shipper of --add read its source's last message, so that it can resume after it; only for machines you control"
    ),
    Flag.withDefault(false)
  ),
  mayAsk: Flag.Boolean("may-ask").pipe(
    Flag.withDescription(
      "Also let the shipper of --add read how much LOGS holds, as Vector and Telegraf do; only for machines you control"
    ),
    Flag.withDefault(false)
  ),
  remove: Flag.String("remove").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Remove a shipper's user; its lines stay"),
    Flag.optional
  ),
  json: jsonFlag
} as const

export type CredentialsInput = Command.Command.Config.Infer<typeof credentialsFlags>
