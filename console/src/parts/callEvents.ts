import { dictionary } from "../words";

/** What happened in a call, in a line of its timeline. `agent`, `queue`: names, where the reader knows them. */
export interface Happening {
  text: string;
  agent: string | null;
  queue: string | null;
  detail: string | null;
  /** By a rule: why, and what was done. */
  ruled?: Ruled;
}

interface Ruled {
  because: { fact: string; of?: string; found: string; not?: boolean }[];
  done: { what: string; name: string; failed?: string }[];
}

/** The line of a timeline, where it is an event and not something that was said. */
export function happening(text: string): Happening | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || typeof (value as Happening).text !== "string") return null;
  const { text: name, agent, queue, detail, ruled } = value as Happening;
  return { text: name, agent: agent ?? null, queue: queue ?? null, detail: detail ?? null, ...(ruled ? { ruled } : {}) };
}

const someone = (agent: string | null, other: string) => agent ?? other;

/** Why whoever was asked did not take it. */
const NOT_TAKEN: Record<"en" | "zh", Record<string, string>> = {
  en: { declined: "declined", no_answer: "no answer", busy: "has no room for it", unreachable: "is not there", failed: "it failed", caller_left: "the contact left" },
  zh: { declined: "已拒绝", no_answer: "未应答", busy: "已达上限", unreachable: "不在线", failed: "失败", caller_left: "客户已离开" },
};

export const callEvents = dictionary({
  en: {
    started: "The call came in",
    answered: "Answered",
    queued: (_: string | null, queue: string | null) => (queue ? `Waits in ${queue}` : "Waits in a queue"),
    left_queue: () => "Left the queue",
    offered: (agent: string | null) => `Rings at ${someone(agent, "an agent")}`,
    offer_ended: (agent: string | null, _: string | null, detail: string | null) => `${someone(agent, "The agent")}: ${detail ?? "did not take it"}`,
    agent_joined: (agent: string | null) => `${someone(agent, "The agent")} talks with them`,
    agent_left: (agent: string | null) => `${someone(agent, "The agent")} left the call`,
    callee_joined: "The other side answered",
    callee_left: "The other side hung up",
    voicemail: "Left a message",
    voicemail_discarded: "Left no message",
    agent_consulted: (agent: string | null) => `${someone(agent, "A colleague")} is asked`,
    held: (agent: string | null) => (agent ? `${agent} put them on hold` : "They put us on hold"),
    resumed: "Talking again",
    transferring: (agent: string | null, queue: string | null) => (queue ? `Passed on to ${queue}` : `${someone(agent, "The agent")} passes the call on`),
    transfer_ended: (agent: string | null, _: string | null, detail: string | null) =>
      detail === "completed" ? `Passed on${agent ? ` to ${agent}` : ""}` : `Not passed on (${detail ?? "ended"})`,
    supervised: (agent: string | null) => `${someone(agent, "A supervisor")} came into the call`,
    agent_reconnecting: (agent: string | null) => `${someone(agent, "The agent")} lost the connection`,
    agent_reconnected: (agent: string | null) => `${someone(agent, "The agent")} is back`,
    agent_not_reconnected: (agent: string | null) => `${someone(agent, "The agent")} did not come back`,
    parked: "Parked",
    retrieved: (agent: string | null) => `${someone(agent, "An agent")} took the parked call`,
    ended: (_: string | null, __: string | null, detail: string | null) => (detail === null || detail === "normal" ? "The call ended" : `The call ended (${detail})`),
    text_agent_joined: (agent: string | null) => `${someone(agent, "An agent")} answers`,
    text_agent_left: (agent: string | null) => `${someone(agent, "An agent")} left it to the others`,
    text_passing: (agent: string | null, queue: string | null, detail: string | null) =>
      detail === "join" ? `${someone(agent, "A colleague")} is asked to join` : `Passed on to ${queue ?? someone(agent, "a colleague")}`,
    text_transfer_ended: (agent: string | null, _: string | null, detail: string | null) =>
      `${someone(agent, "The colleague")} did not take it (${NOT_TAKEN.en[detail ?? ""] ?? detail ?? "ended"})`,
    text_closed: (_: string | null, __: string | null, detail: string | null) => (detail === "silence" ? "Closed: nobody wrote any more" : "Closed"),
    text_ruled: (_: string | null, __: string | null, detail: string | null) => `By rule “${detail ?? ""}”`,
    text_marked: (_: string | null, __: string | null, detail: string | null) => `Marked by the filter “${detail ?? ""}”`,
    text_let_through: (_: string | null, __: string | null, detail: string | null) => `Let through; held back by the filter “${detail ?? ""}”`,
    ruled_because: "because",
    ruled_always: "always",
    ruled_not: "not",
    ruled_failed: "not done",
    ruled_queue: "waits in",
    ruled_priority: "minutes of waiting:",
    ruled_greeting: "greeted:",
    ruled_tag: "tag",
    ruled_untag: "tag taken away:",
    ruled_contact_tag: "tag of the contact",
    ruled_contact_untag: "tag taken from the contact:",
    ruled_note: "for the agent:",
    ruled_notice: "told the leaders:",
    ruled_ticket: "ticket",
    ruled_callback: "callback in minutes:",
    ruled_block: "kept out from the next time on, for days:",
    ruled_channel: "channel",
    ruled_inbox: "inbox",
    ruled_language: "language",
    ruled_tier: "tier",
    ruled_text: "text",
    ruled_set_tag: "tag set",
    ruled_hours: "opening hours",
    ruled_field: "field",
    ruled_conversations: "earlier conversations, days",
    ruled_tickets: "tickets, days",
    ruled_called: "number dialled",
    ruled_caller: "caller's number",
    ruled_caller_begins: "caller's number begins with",
    ruled_region: "home of the number",
    ruled_entered: "keyed or said",
    ruled_direction: "direction",
    ruled_outcome: "came of it",
    ruled_disposition: "disposition",
    ruled_talked_seconds: "seconds of talk",
    ruled_waited_seconds: "seconds of waiting",
    ruled_segment: "segment",
    ruled_no_contact: "no contact",
    ruled_no_number: "no number",
    ruled_emergency: "an emergency number",
    ruled_blocked: "kept out already",
    ruled_gone: "it is gone",
    rated: (_: string | null, __: string | null, detail: string | null) => `Rated with ${detail ?? "?"} of 5 stars`,
    survey_invited: "Asked how satisfied they are",
    message_recalled: "A message was taken back",
    message_updated: "A message was changed",
  },
  zh: {
    started: "来电呼入",
    answered: "已接通",
    queued: (_, queue) => (queue ? `进入队列“${queue}”等待` : "进入队列等待"),
    left_queue: () => "离开队列",
    offered: (agent) => `向${someone(agent, "坐席")}振铃`,
    offer_ended: (agent, _, detail) => `${someone(agent, "坐席")}：${detail ?? "未接听"}`,
    agent_joined: (agent) => `${someone(agent, "坐席")} 开始通话`,
    agent_left: (agent) => `${someone(agent, "坐席")} 离开通话`,
    callee_joined: "对方已接听",
    callee_left: "对方已挂断",
    voicemail: "留下语音留言",
    voicemail_discarded: "未留下留言",
    agent_consulted: (agent) => `正在咨询${someone(agent, "同事")}`,
    held: (agent) => (agent ? `${agent} 保持通话` : "对方保持了通话"),
    resumed: "恢复通话",
    transferring: (agent, queue) => (queue ? `转接至“${queue}”` : `${someone(agent, "坐席")} 发起转接`),
    transfer_ended: (agent, _, detail) => (detail === "completed" ? `转接完成${agent ? `：${agent}` : ""}` : `转接未完成（${detail ?? "结束"}）`),
    supervised: (agent) => `${someone(agent, "主管")} 加入通话`,
    agent_reconnecting: (agent) => `${someone(agent, "坐席")} 连接中断`,
    agent_reconnected: (agent) => `${someone(agent, "坐席")} 已恢复连接`,
    agent_not_reconnected: (agent) => `${someone(agent, "坐席")} 未能恢复连接`,
    parked: "通话驻留",
    retrieved: (agent) => `${someone(agent, "坐席")} 取回驻留通话`,
    ended: (_, __, detail) => (detail === null || detail === "normal" ? "通话结束" : `通话结束（${detail}）`),
    text_agent_joined: (agent) => `${someone(agent, "坐席")} 开始回复`,
    text_agent_left: (agent) => `${someone(agent, "坐席")} 退出会话`,
    text_passing: (agent, queue, detail) => (detail === "join" ? `邀请 ${someone(agent, "同事")} 加入` : `转接至 ${queue ?? someone(agent, "同事")}`),
    text_transfer_ended: (agent, _, detail) => `${someone(agent, "同事")} 未接手（${NOT_TAKEN.zh[detail ?? ""] ?? detail ?? "结束"}）`,
    text_closed: (_, __, detail) => (detail === "silence" ? "已关闭：对方长时间未回复" : "已关闭"),
    text_ruled: (_, __, detail) => `按规则“${detail ?? ""}”`,
    text_marked: (_, __, detail) => `过滤规则“${detail ?? ""}”标记了此消息`,
    text_let_through: (_, __, detail) => `人工放行（曾被过滤规则“${detail ?? ""}”拦下）`,
    ruled_because: "原因",
    ruled_always: "始终",
    ruled_not: "非",
    ruled_failed: "未执行",
    ruled_queue: "队列",
    ruled_priority: "折算等待分钟：",
    ruled_greeting: "问候：",
    ruled_tag: "标签",
    ruled_untag: "去掉标签：",
    ruled_contact_tag: "客户标签",
    ruled_contact_untag: "去掉客户标签：",
    ruled_note: "提示坐席：",
    ruled_notice: "已通知主管：",
    ruled_ticket: "工单",
    ruled_callback: "回拨（分钟后）：",
    ruled_block: "自下次起拒绝，天数：",
    ruled_channel: "渠道",
    ruled_inbox: "收件箱",
    ruled_language: "语言",
    ruled_tier: "客户等级",
    ruled_text: "消息",
    ruled_set_tag: "设置标签",
    ruled_hours: "营业时间",
    ruled_field: "字段",
    ruled_conversations: "此前会话，天",
    ruled_tickets: "工单，天",
    ruled_called: "被叫号码",
    ruled_caller: "来电号码",
    ruled_caller_begins: "来电号码前缀",
    ruled_region: "号码归属地",
    ruled_entered: "按键或所说",
    ruled_direction: "方向",
    ruled_outcome: "通话结果",
    ruled_disposition: "小结",
    ruled_talked_seconds: "通话秒数",
    ruled_waited_seconds: "等待秒数",
    ruled_segment: "客户分群",
    ruled_no_contact: "没有客户",
    ruled_no_number: "没有号码",
    ruled_emergency: "紧急号码",
    ruled_blocked: "已在黑名单中",
    ruled_gone: "已不存在",
    rated: (_, __, detail) => `评价：${detail ?? "?"} 星（共 5 星）`,
    survey_invited: "已邀请客户评价",
    message_recalled: "撤回了一条消息",
    message_updated: "修改了一条消息",
  },
});

type Words = (typeof callEvents)["en"];
export interface Names {
  agent: (id: string | null) => string | null;
  queue: (id: string | null) => string | null;
}

/** In words. A kind that this version does not know is shown by its name. */
export function happeningText({ text, agent, queue, detail, ruled }: Happening, t: Words, names: Names): string {
  const name = text.replace(/^call\./, "").replace(/^text\./, "text_").replace("survey.rated", "rated").replace("survey.", "survey_");
  if (!(name in t)) return name.replaceAll("_", " ");
  const said = t[name as keyof Words];
  const line = typeof said === "string" ? said : said(names.agent(agent), names.queue(queue), detail);
  return ruled ? `${line}: ${ruledText(ruled, t)}` : line;
}

/** What a rule did, and what counted, in its own words. */
function ruledText({ because, done }: Ruled, t: Words): string {
  const word = (name: string) => {
    const known = t[`ruled_${name}` as keyof Words];
    return typeof known === "string" ? known : name.replaceAll("_", " ");
  };
  const acts = done.map(({ what, name, failed }) => `${word(what)} ${name}${failed ? ` (${t.ruled_failed}: ${word(failed)})` : ""}`);
  const why = because.map(({ fact, of, found, not }) => [word(fact), of, not ? t.ruled_not : null, found].filter(Boolean).join(" "));
  return `${acts.join(", ")}; ${t.ruled_because} ${why.join(", ") || t.ruled_always}`;
}
