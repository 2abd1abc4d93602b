import { dictionary } from "../words";

/** What happened in a call, in a line of its timeline. `agent`, `queue`: names, where the reader knows them. */
export interface Happening {
  text: string;
  agent: string | null;
  queue: string | null;
  detail: string | null;
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
  const { text: name, agent, queue, detail } = value as Happening;
  return { text: name, agent: agent ?? null, queue: queue ?? null, detail: detail ?? null };
}

const someone = (agent: string | null, other: string) => agent ?? other;

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
    text_closed: (_: string | null, __: string | null, detail: string | null) => (detail === "silence" ? "Closed: nobody wrote any more" : "Closed"),
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
    text_closed: (_, __, detail) => (detail === "silence" ? "已关闭：对方长时间未回复" : "已关闭"),
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
export function happeningText({ text, agent, queue, detail }: Happening, t: Words, names: Names): string {
  const name = text.replace(/^call\./, "").replace(/^text\./, "text_");
  if (!(name in t)) return name.replaceAll("_", " ");
  const said = t[name as keyof Words];
  return typeof said === "string" ? said : said(names.agent(agent), names.queue(queue), detail);
}
