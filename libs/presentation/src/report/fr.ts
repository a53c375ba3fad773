import { everyDimension } from "@chaussettes/domain"
import type { ReportWords } from "./words.ts"

const phrases: { readonly [status: number]: string } = {
  0: "Sans réponse",
  101: "Changement de protocole",
  200: "OK",
  201: "Créé",
  202: "Accepté",
  204: "Sans contenu",
  206: "Contenu partiel",
  301: "Déplacé définitivement",
  302: "Déplacé temporairement",
  303: "Voir ailleurs",
  304: "Non modifié",
  307: "Redirection temporaire",
  308: "Redirection définitive",
  400: "Requête incorrecte",
  401: "Non authentifié",
  403: "Interdit",
  404: "Introuvable",
  405: "Méthode non autorisée",
  408: "Délai de la requête dépassé",
  409: "Conflit",
  410: "Disparu",
  413: "Contenu trop grand",
  416: "Plage impossible à fournir",
  422: "Contenu impossible à traiter",
  429: "Trop de requêtes",
  444: "Fermé sans réponse (nginx)",
  499: "Fermé par le client (nginx)",
  500: "Erreur interne du serveur",
  501: "Non pris en charge",
  502: "Mauvaise passerelle",
  503: "Service indisponible",
  504: "Délai de la passerelle dépassé"
}

/** Zero is singular, too. */
const many = (text: string, n: number, one: string, more: string): string => `${text} ${n < 2 ? one : more}`

export const fr: ReportWords = {
  title: "Rapport des journaux d’accès",
  logs: "LOGS",
  standardInput: "entrée standard",
  files: (first, count) =>
    count === 1 ? first : `${first} et ${count - 1} ${count === 2 ? "autre fichier" : "autres fichiers"}`,
  span: (from, to) => `du ${from} au ${to}`,
  zone: (name) => `heures de ${name}`,
  made: (when) => `établi le ${when}`,
  contents: "Sommaire",
  nothing: "Aucune requête n’a pu être lue.",
  quiet: "Aucun taux d’erreur n’a dépassé son seuil.",
  incidentsFound: (count, n) => many(count, n, "incident", "incidents"),
  worst: (subject, when) => `Le plus d’erreurs\u00a0: ${subject}, ${when}.`,
  tiles: {
    requests: "Requêtes",
    errorRate: "Taux d’erreur",
    serverErrors: "Erreurs serveur",
    clientErrors: "Erreurs client",
    clients: "Clients",
    visitors: "Visiteurs par jour",
    bytes: "Octets envoyés",
    bots: "Robots",
    p95: "95\u202f% répondues en moins de",
    aSecond: (rate) => `${rate} par seconde`,
    aMinute: (rate) => `${rate} par minute`,
    anHour: (rate) => `${rate} par heure`,
    errorsOf: (errors) => `${errors} requêtes`,
    visitorsNote: "en moyenne, sans les robots",
    p50: (value) => `la moitié en moins de ${value}`
  },
  traffic: {
    title: "Trafic",
    people: "requêtes",
    bots: "dont robots",
    per: (span) => `par ${span}`,
    errors: "Erreurs",
    clientErrors: "erreurs client (4xx)",
    serverErrors: "erreurs serveur (5xx)",
    byDay: "Jour par jour",
    day: "Jour",
    most: (value) => `jusqu’à ${value}`,
    chart: (requests, span) =>
      `Requêtes au fil du temps\u00a0: ${requests} en tout, ${span}. Le tableau ci-dessous donne les jours.`,
    errorChart: (client, server) =>
      `Erreurs au fil du temps\u00a0: ${client} erreurs client et ${server} erreurs serveur.`
  },
  columns: {
    requests: "Requêtes",
    share: "Part",
    clientErrors: "4xx",
    serverErrors: "5xx",
    errors: "Erreurs",
    notFound: "404",
    bytes: "Envoyé",
    mean: "Durée moyenne",
    visitors: "Visiteurs",
    status: "Statut",
    kind: "Catégorie"
  },
  groups: { urls: "URL", clients: "Clients", referrers: "Référents", agents: "Navigateurs, robots et systèmes" },
  lists: {
    pages: {
      title: "URL les plus demandées",
      key: "URL",
      note: "Les fichiers statiques ont leur propre liste."
    },
    files: { title: "Fichiers statiques", key: "Fichier" },
    notFound: { title: "Introuvables (404)", key: "URL" },
    failing: { title: "URL en erreur", key: "URL", note: "D’après les erreurs autres que 404." },
    slow: {
      title: "URL les plus lentes",
      key: "URL",
      note: "D’après la durée moyenne, à partir de 10 requêtes."
    },
    clients: { title: "Clients", key: "Client" },
    networks: { title: "Réseaux", key: "Réseau", note: "/24 en IPv4, /48 en IPv6." },
    sites: { title: "Sites", key: "Site", note: "Les hôtes demandés." },
    referringSites: { title: "Sites référents", key: "Site" },
    referrers: { title: "Pages référentes", key: "Page", note: "Sans leurs paramètres." },
    families: { title: "Navigateurs et programmes", key: "Famille" },
    systems: { title: "Systèmes d’exploitation", key: "Système" },
    botNames: { title: "Robots", key: "Robot", note: "Ceux qui se déclarent." },
    agents: { title: "Agents tels que reçus", key: "Agent" },
    methods: { title: "Méthodes", key: "Méthode" }
  },
  more: (rows) => `${rows} de plus`,
  rest: (shown, keys) => `Les ${shown} premiers sur ${keys}.`,
  atLeast: (keys) => `au moins ${keys}`,
  none: "Aucun dans ce journal.",
  direct: (requests, share) => `${requests} requêtes (${share}) n’indiquent pas de page référente.`,
  kinds: {
    browser: "navigateur",
    bot: "robot",
    program: "programme",
    monitor: "surveillance",
    other: "Autres",
    none: "Sans agent"
  },
  incidents: {
    title: "Incidents",
    since: "Début",
    lasted: "Durée",
    cause: "Cause",
    failed: "En erreur",
    kind: "Nature",
    ongoing: "encore ouvert à la fin",
    network: "Réseau",
    kinds: {
      "client-errors": "erreurs client (4xx)",
      "server-errors": "erreurs serveur (5xx)",
      silence: "aucune requête",
      drop: "trop peu de requêtes",
      spike: "trop de requêtes",
      latency: "requêtes lentes"
    },
    usual: (kind, rate) => `${kind}\u00a0; d’ordinaire ${rate}`,
    andOthers: (first, others) => `${first} et ${others} ${others === "1" ? "autre" : "autres"}`,
    none: "Rien qui justifie de se lever la nuit.",
    note: "Ce qui justifiait de se lever la nuit, dit une seule fois et par sa cause\u00a0: plus d’erreurs que d’ordinaire à cette heure, d’après ce que le journal montrait jusque-là. Les incidents qui comptent le plus d’erreurs viennent d’abord.",
    more: (count) => `${count} autres incidents, avec moins d’erreurs, ne figurent pas dans la liste.`
  },
  thresholds: {
    title: "Seuils qui conviendraient",
    dimension: "Pour",
    inForce: "Utilisé ici",
    suggested: "Proposé d’après ce journal",
    from: (rate) => `au-dessus de ${rate}`,
    table: (rate, least) => `au-dessus de ${rate} quand les requêtes sont nombreuses, et au moins ${least} erreurs`,
    alerts: (share) => `alerterait sur ${share} du trafic sain`,
    why: {
      TooLittle: "trop peu d’historique avec assez de requêtes",
      Attacked: "une trop grande part du journal n’est pas du trafic sain",
      Disagrees: "la fin du journal diffère trop de son début",
      Blind: "des attaques du journal ne seraient pas vues",
      Together: "beaucoup de clés échouent aux mêmes moments",
      Drifted: "les taux d’erreur habituels diffèrent trop d’une partie du journal à l’autre"
    },
    note: "Calibrés sur ce journal et vérifiés sur une partie mise de côté. Pour les appliquer\u00a0: chaussettes thresholds"
  },
  statuses: { title: "Codes de statut", upstream: "Codes de statut des serveurs en amont", noAnswer: "aucun" },
  statusText: (status) => phrases[status] ?? "",
  hours: {
    title: "Heures et jours de la semaine",
    hour: "Heure",
    weekday: "Jour",
    chart: "Requêtes par jour de la semaine et par heure",
    busiest: (when, requests) => `Le plus chargé\u00a0: ${when}, ${requests} requêtes.`
  },
  latency: {
    title: "Temps de réponse",
    none: "Les lignes n’indiquent pas la durée des requêtes.",
    quantile: (percent) => `${percent}\u202f% en moins de`,
    mean: "Moyenne",
    count: (lines) => `${lines} lignes indiquent la durée de leur requête.`,
    chart: "Requêtes par temps de réponse"
  },
  reading: {
    title: "Comment cela a été compté",
    lines: (lines) => `Lignes lues\u00a0: ${lines}.`,
    rejected: (lines) => `Lignes illisibles, comptées nulle part\u00a0: ${lines}.`,
    ignored: (lines) => `Lignes écartées par des règles (--ignore)\u00a0: ${lines}.`,
    outside: (lines) => `Lignes hors de la période demandée\u00a0: ${lines}.`,
    late: (lines) =>
      `Lignes arrivées trop tard pour leur fenêtre\u00a0: ${lines}. Elles sont comptées, mais n’ont part à aucun incident.`,
    reason: "Raison",
    errors: (definition) => `Sont des erreurs\u00a0: ${definition}.`,
    windows: (span) => `Les incidents sont cherchés dans des fenêtres de ${span}.`,
    inexact:
      "Le journal contient plus de clés différentes que ce rapport n’en garde à la fois\u00a0: les nombres sont des minimums."
  },
  reasons: {
    empty: "ligne vide",
    too_long: "plus longue que 16\u00a0Kio",
    control: "contient un caractère de contrôle",
    prefix: "ce qui précède l’heure n’a pas la forme attendue, ou un champ du format manque",
    client: "le client n’est ni une adresse ni un nom d’hôte",
    time: "sans heure, ou avec une heure qui n’existe pas",
    request: "sans requête entre guillemets",
    status: "le statut n’est pas un nombre de trois chiffres",
    size: "la taille n’est pas un nombre",
    truncated: "la ligne s’arrête dans un champ",
    payload: "ni une ligne ni du JSON lisible",
    format: "format inconnu",
    ambiguous: "se lit de deux façons, faute de guillemets échappés",
    future: "en avance sur l’heure de son enregistrement",
    late: "arrivée après la décision de sa fenêtre"
  },
  subjects: everyDimension(({ words }) => words.fr.alert.trim()),
  madeBy: "Établi par chaussettes report. Rien dans ce fichier n’est chargé d’ailleurs."
}
