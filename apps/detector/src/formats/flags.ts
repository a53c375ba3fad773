import { whyNoFormat } from "@chaussettes/domain"
import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Option } from "effect"
import { Argument, type Command } from "effect/cli"

const source = Argument.String("source").pipe(
  Argument.withDescription("The source whose lines they are: the last token of logs.<source>"),
  Argument.filterMap(
    (text) => (whyNoFormat(text, "combined") === undefined ? Option.some(text) : Option.none()),
    () => "a source such as web1"
  )
)

export const setFormatFlags = {
  nats: natsFlags,
  source,
  format: Argument.String("format").pipe(
    Argument.withDescription(
      "A name such as combined, a format string from nginx's or Apache's configuration, or the #Fields line that names the columns"
    ),
    Argument.filterMap(
      (text) => (whyNoFormat("x", text.trim()) === undefined ? Option.some(text.trim()) : Option.none()),
      () =>
        "a format's name such as combined, a format string such as '$remote_addr [$time_local] \"$request\" $status', or '#Fields: date time …'"
    )
  ),
  json: jsonFlag
} as const

export type SetFormatInput = Command.Command.Config.Infer<typeof setFormatFlags>

export const unsetFormatFlags = { nats: natsFlags, source, json: jsonFlag } as const

export type UnsetFormatInput = Command.Command.Config.Infer<typeof unsetFormatFlags>

export const listFormatsFlags = { nats: natsFlags, json: jsonFlag } as const

export type ListFormatsInput = Command.Command.Config.Infer<typeof listFormatsFlags>
