import {
  type CauseDimension,
  type ClosedWhy,
  type IncidentEvent,
  type IncidentEventType,
  type IncidentKind,
  seconds,
  visibleText
} from "@chaussettes/domain"
import type { IncidentView, Learning, Marks, Status } from "@chaussettes/readmodel"
import { countText, durationText, percentText } from "../figures.ts"
import type { IncidentWords } from "./incidents-en.ts"
import type { Sentence } from "./segments.ts"

type QuietIncidents = NonNullable<Status["incidents"]["quiet"]>

const n = (count: number): string => countText("fr", count)
const many = (count: number, one: string, more: string): string => `${n(count)} ${count < 2 ? one : more}`

const names: { readonly [dimension in CauseDimension]: string } = {
  global: "Tout le trafic",
  network: "Réseau",
  url: "URL",
  ip: "Client"
}

const manyNames: { readonly [dimension in CauseDimension]: readonly [one: string, more: string] } = {
  global: ["", ""],
  network: ["autre réseau", "autres réseaux"],
  url: ["autre URL", "autres URL"],
  ip: ["autre client", "autres clients"]
}

const kinds: { readonly [kind in IncidentKind]: string } = {
  "client-errors": "erreurs client (4xx)",
  "server-errors": "erreurs serveur (5xx)",
  silence: "silence",
  drop: "moins de requêtes",
  spike: "plus de requêtes",
  latency: "requêtes lentes"
}

const subject = ({ cause }: IncidentEvent): Sentence => {
  if (cause.key === null) return [names.global]
  const more = cause.key_count - 1
  return [
    `${names[cause.dimension]} `,
    { key: cause.key, dimension: cause.dimension },
    ...(more > 0 ? [` et ${many(more, ...manyNames[cause.dimension])}`] : [])
  ]
}

const failed = ({ errors, requests, kind }: IncidentEvent): string =>
  `${many(errors, "requête", "requêtes")} sur ${n(requests)} (${percentText("fr", requests === 0 ? 0 : errors / requests)}) en échec, ${kinds[kind]},`

const duration = (us: number): string => seconds(us).replace(".", ",").replace(" ", "\u00a0")

const what: { readonly [kind in IncidentKind]: (event: IncidentEvent) => string } = {
  "client-errors": failed,
  "server-errors": failed,
  silence: () => "plus aucune requête, alors qu’il en vient beaucoup à cette heure,",
  drop: ({ requests }) =>
    `seulement ${many(requests, "requête", "requêtes")}, bien moins que d’habitude à cette heure,`,
  spike: ({ requests }) => `${many(requests, "requête", "requêtes")}, bien plus que d’habitude à cette heure,`,
  latency: ({ requests, latency }) =>
    `une requête sur vingt (${many(requests, "requête", "requêtes")} en tout) prend ${duration(latency?.p95_us ?? 0)} ou plus, contre ${duration(latency?.usual_p95_us ?? 0)} d’habitude,`
}

const hasRate: { readonly [kind in IncidentKind]: boolean } = {
  "client-errors": true,
  "server-errors": true,
  silence: false,
  drop: false,
  spike: false,
  latency: false
}

const usual = ({ kind, certificate }: IncidentEvent): string =>
  hasRate[kind] ? `${percentText("fr", certificate.expected_rate)} d’habitude` : ""

const whatAlone = (event: IncidentEvent): string => {
  const said = what[event.kind](event).replace(/,$/, "")
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${usual(event) === "" ? "" : `, ${usual(event)}`}.`
}

const hurt = ({ cause, clients, victims }: IncidentEvent): string =>
  [
    ...(cause.dimension === "ip" || clients === 0 ? [] : [many(clients, "client", "clients")]),
    ...(cause.dimension === "url" || victims.url === 0 ? [] : [many(victims.url, "URL", "URL")])
  ].join(", ")

const why = (event: IncidentEvent): string =>
  event.cause.key === null
    ? "Ni une URL, ni un client, ni un réseau ne l’explique à lui seul\u00a0: c’est partout."
    : hasRate[event.kind]
      ? `Cette cause explique ${percentText("fr", event.cause.share)} des ${kinds[event.kind]} inattendues du site.`
      : ""

const serverNext: { readonly [dimension in CauseDimension]: string } = {
  global:
    "Regardez ce que toutes les requêtes ont en commun\u00a0: le serveur applicatif, sa base, le dernier déploiement.",
  network: "Regardez ce que ces clients demandent\u00a0: l’une de leurs requêtes fait tomber un serveur applicatif.",
  url: "Regardez ce qui la sert\u00a0: le journal de son application à cette heure, le dernier déploiement.",
  ip: "Regardez ce que ce client envoie\u00a0: sa requête fait tomber une application. Bloquez-le si c’est voulu."
}

const clientNext: { readonly [dimension in CauseDimension]: string } = {
  global: "Cherchez ce qui ne va plus pour tous\u00a0: une page déplacée, une session expirée, le dernier déploiement.",
  network: "Sans doute des scanners\u00a0: rien n’est en panne chez vous. Bloquez le réseau s’il gêne.",
  url: "Un lien mène à ce qui n’existe pas ou n’est pas permis\u00a0: voyez les référents dans ses lignes.",
  ip: "Sans doute un scanner ou un programme défectueux\u00a0: rien n’est en panne chez vous. Bloquez-le s’il gêne."
}

const next = ({ kind, cause: { dimension } }: IncidentEvent): string => {
  switch (kind) {
    case "server-errors":
      return serverNext[dimension]
    case "client-errors":
      return clientNext[dimension]
    case "silence":
    case "drop":
      return "Vérifiez que le site répond et que son journal arrive encore\u00a0: voir État."
    case "spike":
      return "Vérifiez que les serveurs tiennent\u00a0; les premiers clients disent si ce sont des visiteurs, un robot ou une attaque."
    case "latency":
      return "Cherchez ce qu’elle attend\u00a0: son serveur applicatif, une base, un autre service, le dernier déploiement."
  }
}

const wrong = ({ event, openedMs, marks }: IncidentView, others: number): Sentence => [
  ...subject(event),
  `\u00a0: ${what[event.kind](event)} depuis `,
  { time: openedMs },
  `${usual(event) === "" ? "" : `, ${usual(event)}`}.${hurt(event) === "" ? "" : ` Touchés\u00a0: ${hurt(event)}.`}${acknowledged(marks)}${others === 0 ? "" : ` ${many(others, "autre incident est ouvert", "autres incidents sont ouverts")}.`}`
]

const acknowledged = (marks: Marks | undefined): string => {
  const by = marks?.acknowledged?.by
  if (by !== undefined) return ` Pris en charge par ${visibleText(by)}.`
  return marks === undefined || marks.acknowledged === null ? "" : " Pris en charge."
}

const alsoQuiet = ({ count, untilMs }: QuietIncidents): Sentence =>
  count === 1
    ? ["1 est en sourdine jusqu’à ", { time: untilMs }, "."]
    : [`${n(count)} sont en sourdine, le premier jusqu’à `, { time: untilMs }, "."]

const allQuiet = ({ event, marks }: IncidentView, { count, untilMs }: QuietIncidents): Sentence => {
  const which: Sentence = count === 1 ? ["\u00a0: ", ...subject(event), `, ${kinds[event.kind]}.`] : ["."]
  return marks?.quiet?.type === "maintenance"
    ? [
        "Maintenance jusqu’à ",
        { time: untilMs },
        `\u00a0; ${many(count, "incident est ouvert", "incidents sont ouverts")}`,
        ...which
      ]
    : count === 1
      ? ["1 incident ouvert est en sourdine jusqu’à ", { time: untilMs }, ...which]
      : [`${n(count)} incidents ouverts sont en sourdine, le premier jusqu’à `, { time: untilMs }, ...which]
}

const maintenance = (untilMs: number): Sentence => [
  "Maintenance jusqu’à ",
  { time: untilMs },
  "\u00a0: personne n’est prévenu d’un incident."
]

const learning = ({ untilMs, isOverdue }: Learning): Sentence =>
  isOverdue
    ? [
        "Rien ne se remarque. Ce qui est habituel ici n’est pas appris\u00a0: lancez chaussettes thresholds, ce que start fait toutes les heures."
      ]
    : [
        "Rien ne se remarque. Ce qui est habituel ici est encore en cours d’apprentissage, ",
        ...(untilMs === null ? ["pendant une heure environ"] : ["jusqu’à environ ", { time: untilMs }]),
        "\u00a0; d’ici là, seules des preuves fortes sont signalées."
      ]

const last = ({ event, closedMs }: IncidentView): Sentence => [
  " Dernier incident\u00a0: ",
  ...subject(event),
  `, ${kinds[event.kind]}, jusqu’à `,
  { time: closedMs! },
  "."
]

const closedWhy: { readonly [why in ClosedWhy]: string } = {
  recovered: "de nouveau comme attendu",
  quiet: "aucune erreur depuis dix minutes",
  accepted: "il dure depuis si longtemps que le site est désormais ainsi",
  merged: "un autre incident l’explique",
  forgotten: "le détecteur a perdu ce qu’il en savait",
  withdrawn: "ses lignes sont arrivées plus tard"
}

const types: { readonly [type in IncidentEventType]: string } = {
  opened: "ouvert",
  grew: "aggravé",
  "changed-cause": "autre cause",
  closed: "terminé"
}

const falseAlarms = (aWeek: number, of = ""): string => {
  if (aWeek >= 1.5) return `${n(aWeek)} fausses alertes${of} par semaine`
  const weeks = Math.round(1 / aWeek)
  return weeks === 1 ? `une fausse alerte${of} par semaine` : `une fausse alerte${of} en ${n(weeks)} semaines`
}

const decimal = (value: number): string => value.toFixed(1).replace(".", ",")

export const incidentsFr: IncidentWords = {
  title: "Incidents",
  open: "Voir l’incident",
  kinds,
  names,
  subject,
  what: (event) => what[event.kind](event),
  whatAlone,
  usual,
  hurt,
  why,
  next,
  wrong,
  learning,
  alsoQuiet,
  allQuiet,
  maintenance,
  last,
  closedWhy,
  types,
  severities: { HIGH: "haute", MEDIUM: "moyenne", LOW: "basse" },
  certificate: ({ certificate: c }) =>
    `Preuve de ${decimal(c.evidence)} pour les ${decimal(c.level)} qu’il faut ici. À ce niveau, on attend ${c.budget_weekly > 0 ? falseAlarms(c.budget_weekly, " de ce genre") : "zéro fausse alerte de ce genre"}\u00a0; tous genres confondus, ${falseAlarms(c.budget_total_weekly)}.`,
  learnt: (through) =>
    through === null ? "Rien n’était encore appris du site\u00a0: il a fallu une preuve forte." : "",
  share: (share) => percentText("fr", share),
  none: "Aucun incident dans cette période.",
  noneOpen: "Aucun incident n’est ouvert.",
  noneFiltered: "Aucun incident de cette période ne correspond.",
  kind: "Genre",
  all: "tous",
  key: "Client, réseau ou URL",
  missing: "Cet incident n’existe pas\u00a0: il n’a jamais été signalé, ou INCIDENTS ne le garde plus.",
  notAnId: "Ce n’est pas l’identifiant d’un incident.",
  back: "Tous les incidents",
  others: (count) => many(count, "autre incident", "autres incidents"),
  fine: {
    title: "En ordre",
    detector: "le détecteur est prêt",
    read: "chaque ligne est lue dès son arrivée",
    verdicts: "presque chaque ligne a son verdict",
    sources: (count) => many(count, "source envoie des lignes", "sources envoient des lignes"),
    serverErrors: (rate) => `${rate} d’erreurs serveur depuis une heure`
  },
  rows: {
    what: "Quoi",
    since: "Depuis",
    until: "Terminé depuis",
    hurt: "Qui est touché",
    requests: (errors) => many(errors, "requête", "requêtes"),
    why: "Pourquoi",
    next: "Que faire",
    certificate: "Certitude"
  },
  timeline: {
    title: "Chronologie",
    told: (errors, requests) => `${many(errors, "requête", "requêtes")} sur ${n(requests)} en échec`,
    cause: "la cause est maintenant ",
    began: "début",
    lasts: (ms) => `après ${durationText("fr", ms)}`
  },
  victims: {
    title: "Cause et victimes",
    share: "du problème",
    keys: (count) => `et ${n(count)} de plus`,
    none: "Aucune autre URL, aucun autre client ni réseau n’est touché.",
    of: ({ network, url, ip }) =>
      `Touchés par lui, sans incident à eux\u00a0: ${[
        ...(url > 0 ? [many(url, "URL", "URL")] : []),
        ...(ip > 0 ? [many(ip, "client", "clients")] : []),
        ...(network > 0 ? [many(network, "réseau", "réseaux")] : [])
      ].join(", ")}.`,
    alerts: "Ses alertes"
  },
  course: {
    title: "L’évolution, comparée à ce qui est attendu",
    requestsTitle: "Les requêtes avant, pendant et après",
    cause: "De la cause, là où une fenêtre la nomme parmi ses dix pires clés\u00a0; en tirets, l’habituel.",
    site: "De tout le trafic\u00a0: les fenêtres ne comptent pas les réseaux\u00a0; en tirets, l’habituel de la cause.",
    all: "De tout le trafic\u00a0; en tirets, l’habituel.",
    requests: "Requêtes par fenêtre.",
    cut: "Il dure plus longtemps que ce qui est montré."
  },
  lines: {
    title: "Ce que ses requêtes ont en commun",
    ask: "Lire ses lignes",
    hint: "Les lignes sont relues dans LOGS, ce qui prend un instant.",
    counts: (errors, total) =>
      `${many(errors, "erreur", "erreurs")} sur ${many(total, "requête", "requêtes")} de la cause.`,
    part: "LOGS n’en contient plus la totalité, ou il y en a plus qu’on n’en lit en une fois.",
    gone: "LOGS ne contient plus aucune de ses lignes.",
    statuses: "Statut",
    urls: "URL",
    clients: "Clients",
    networks: "Réseaux",
    agents: "Agents",
    more: (count, isPartial) => `${isPartial ? "au moins " : ""}${n(count)} de plus`,
    list: "Lignes, les erreurs d’abord",
    filter: "Seulement les lignes qui contiennent",
    copy: "Copier ces lignes",
    copied: "Copié",
    shown: (shown, total) => `${n(shown)} sur ${many(total, "ligne", "lignes")} sont montrées.`,
    noMatch: "Aucune ligne lue ne le contient."
  },
  acts: "Ce qui a été dit"
}
