import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSegments } from "../segments/data";
import { useQueues } from "../settings/data";
import { useTypes } from "../tickets/data";
import { readAct, type Act } from "./action";
import { isCounted, isNumber, read, type FactName } from "./condition";
import { words } from "./words";

export type Rule = Shown["RuleShape"];

const ACCOUNT = "/api/v1/accounts/{account_id}";

export function useRules() {
  const account = useAccount();
  return useQuery({ queryKey: ["rules"], queryFn: () => done(api.GET(`${ACCOUNT}/rules`, { params: { path: account } })) });
}

export interface Choice {
  value: string;
  label: string;
}

/** What rules can name, as lists to choose from. */
export function useChoices() {
  const t = useWords(words);
  const account = useAccount();
  const queues = useQueues().data;
  const types = useTypes().data;
  const segments = useSegments().data;
  const tags = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) }).data;
  const inboxes = useQuery({ queryKey: ["text_inboxes"], queryFn: () => done(api.GET(`${ACCOUNT}/text_inboxes`, { params: { path: account } })) }).data;
  const calendars = useQuery({ queryKey: ["calendars"], queryFn: () => done(api.GET(`${ACCOUNT}/calendars`, { params: { path: account } })) }).data;
  const fields = useQuery({ queryKey: ["contact_fields"], queryFn: () => done(api.GET(`${ACCOUNT}/contact_fields`, { params: { path: account } })) }).data;
  const named = (all: { id: string; name: string }[] | undefined): Choice[] => (all ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const said = (names: readonly (keyof typeof t)[]): Choice[] => names.map((value) => ({ value, label: String(t[value]) }));
  const ofTags = named(tags);
  const values: Partial<Record<FactName, Choice[]>> = {
    channel: said(["web_chat", "api", "phone", "email", "sms", "help_desk"]),
    inbox: named(inboxes),
    queue: named(queues),
    tier: said(["standard", "preferred", "vip"]),
    language: ["en", "zh"].map((value) => ({ value, label: value })),
    tag: ofTags,
    segment: named(segments),
    contact_tag: ofTags,
    set_tag: ofTags,
    direction: said(["inbound", "outbound"]),
    outcome: said(["served", "abandoned", "turned_away", "voicemail", "called_back", "no_queue"]),
    hours: [...said(["open", "holiday"]), { value: "closed", label: t.closedHours }],
  };
  return { values, queues: named(queues), tags: ofTags, types: named(types), calendars: named(calendars), fields: named(fields) };
}

export type Choices = ReturnType<typeof useChoices>;

const labelOf = (choices: Choice[] | undefined, value: unknown) => choices?.find((one) => one.value === value)?.label ?? String(value ?? "");

/** A rule in words: when, and what then. */
export function useSaid() {
  const t = useWords(words);
  const choices = useChoices();
  const condition = (rule: Rule): string => {
    const tests = read(rule.when);
    if (!tests) return t.otherwise;
    if (tests.length === 0) return t.always;
    return tests
      .map(({ fact, of, not, words: list, compare, number }) => {
        const which = fact === "hours" ? labelOf(choices.calendars, of) : fact === "field" ? labelOf(choices.fields, of) : of;
        const name = [t[fact], isCounted(fact) ? `(${String(of)} ${t.days})` : which].filter(Boolean).join(" ");
        if (isNumber(fact)) return `${name} ${not ? "≠ " : ""}${t[compare ?? "at_least"]} ${String(number)}`;
        const how = fact === "text" ? (not ? t.saysNot : t.says) : not ? t.isNot : t.is;
        return `${name} ${how}: ${(list ?? []).map((word) => labelOf(choices.values[fact], word)).join(", ")}`;
      })
      .join(" · ");
  };
  const act = ({ what, value, minutes, days, text }: Act): string => {
    const name = t[`do_${what}`];
    switch (what) {
      case "queue":
        return `${name} ${labelOf(choices.queues, value)}`;
      case "priority":
        return `${name}: ${String(minutes)}`;
      case "ticket":
        return `${name} ${labelOf(choices.types, value)}: ${text ?? ""}`;
      case "block":
        return `${name}: ${String(days)}`;
      case "callback":
        return `${name} ${labelOf(choices.queues, value)} ${t.in} ${String(minutes)}`;
      case "greeting":
      case "note":
      case "notice":
        return `${name}: ${value ?? ""}`;
      default:
        return `${name} ${labelOf(choices.tags, value)}`;
    }
  };
  const actions = (rule: Rule): string[] =>
    rule.then.map((action) => {
      const known = readAct(action);
      return known ? act(known) : t.otherwise;
    });
  return { condition, actions };
}
