import { commandSettings, defaultOf, keyOf, type Setting, sharedSettings } from "@chaussettes/service"
import { Effect } from "effect"
import type { Command } from "effect/cli"

const cell = (text: string): string => text.replaceAll("|", "\\|")

const rowOf = (setting: Setting, byDefault: string | undefined): string => {
  const flag = setting.flag === undefined ? "" : `\`--${setting.flag.name}\``
  const environment = [setting.env, ...(setting.sharedEnv === undefined ? [] : [setting.sharedEnv])]
  return `| \`${keyOf(setting)}\` | ${flag} | ${environment.map((name) => `\`${name}\``).join("<br>")} | ${
    byDefault === undefined ? "" : `\`${cell(byDefault)}\``
  } | ${cell(setting.description)} |`
}

const head = "| in the file | flag | environment | default | |\n|---|---|---|---|---|"

const introduction = `# Configuration

<!-- Generated from the code by \`npm run docs\`; a test fails when it is not current. -->

For operators. After reading this page you can set any option on the command line, in the
environment or in a file, and know which one wins.

\`\`\`toml
[nats]
url = "nats://127.0.0.1:4222"

[detect]
window = "10s"
allowed-lateness = "30s"
\`\`\`

You can also give every flag of every command in the environment or in a file. If a setting is given
more than once, the first of these wins:

1. the flag on the command line;
2. the environment: the variable of the command (\`CHAUSSETTES_DETECT_WINDOW\`) before the one for all
   commands (\`CHAUSSETTES_WINDOW\`);
3. the file: \`--config FILE\`, else \`CHAUSSETTES_CONFIG\`, else \`chaussettes.toml\` or
   \`chaussettes.json\` in the current folder;
4. for the connection, the context of the \`nats\` CLI (\`--context\`, \`NATS_CONTEXT\`); if no
   connection setting is given at all, what \`chaussettes start\` left in \`.chaussettes/\` of the
   current folder;
5. the default.

\`chaussettes config\` prints every setting in force and where it comes from. A key in the file that
is not in the tables below is an error.

From a context, the commands take the server's address and the credentials, and also
\`inbox_prefix\`, \`jetstream_domain\`, \`jetstream_api_prefix\` and \`tls_first\`. Paths may begin with
\`~\`. A setting that they cannot follow (\`socks_proxy\`, \`nsc\`, \`user_jwt\`, the certificate stores of
Windows) is an error.
`

/** docs/configuration.md, of the commands below `root`. */
export const configurationReference = Effect.fn("configurationReference")(function* (
  root: Command.Command.Any
): Effect.fn.Return<string, never, Command.Environment> {
  const sections = [
    `## Shared by all commands\n\n${head}\n${sharedSettings.map((setting) => rowOf(setting, setting.default)).join("\n")}`
  ]
  const byCommand = Map.groupBy(commandSettings(root), (setting) => setting.flag!.command.join(" "))
  for (const [command, settings] of byCommand) {
    const rows = yield* Effect.forEach(settings, (setting) =>
      Effect.map(defaultOf(root, setting.flag!.command, setting.flag!.name), (byDefault) => rowOf(setting, byDefault))
    )
    sections.push(`## \`chaussettes ${command}\`\n\n${head}\n${rows.join("\n")}`)
  }
  return `${introduction}\n${sections.join("\n\n")}\n`
})
