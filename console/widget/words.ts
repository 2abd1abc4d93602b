const en = {
  open: "Open chat",
  close: "Close chat",
  log: "Conversation",
  write: "Your message",
  hint: "Write a message",
  send: "Send",
  me: "You",
  house: "Service",
  sending: "sending…",
  sent: "sent",
  read: "read",
  failed: "not sent",
  again: "Send again",
  drop: "Discard",
  take: "Take back",
  recalled: "This message was taken back.",
  edited: "edited",
  joined: (name: string) => `${name} is here now.`,
  closed: "The conversation has ended. Write again to go on.",
  typing: (name: string) => `${name} is writing…`,
  offline: "No connection. What you write is sent when it is back.",
  place: (n: number) => (n === 1 ? "You are next." : `${n - 1} before you.`),
  wait: (minutes: number) => (minutes <= 1 ? "About a minute." : `About ${minutes} minutes.`),
  away: "Nobody is here just now. Leave a message, and how we can reach you.",
  opens: (at: string) => `We are here again from ${at}.`,
  name: "Your name",
  reach: "E-mail or telephone",
  tooFast: "Too fast: it is sent in a moment.",
  tooLong: "The message is too long.",
  keptOut: "This message cannot be taken.",
  gone: "This chat is closed.",
  characters: (n: number) => `${n} characters left`,
};

export type Words = typeof en;

const zh: Words = {
  open: "打开在线咨询",
  close: "收起在线咨询",
  log: "对话",
  write: "您的消息",
  hint: "请输入消息",
  send: "发送",
  me: "我",
  house: "客服",
  sending: "发送中…",
  sent: "已发送",
  read: "已读",
  failed: "未发送",
  again: "重新发送",
  drop: "放弃",
  take: "撤回",
  recalled: "此消息已撤回。",
  edited: "已编辑",
  joined: (name) => `${name} 为您服务。`,
  closed: "本次对话已结束。继续发送消息即可再次咨询。",
  typing: (name) => `${name} 正在输入…`,
  offline: "网络已断开。您的消息会在恢复后自动发送。",
  place: (n) => (n === 1 ? "下一位就是您。" : `您前面还有 ${n - 1} 位。`),
  wait: (minutes) => (minutes <= 1 ? "预计约 1 分钟。" : `预计约 ${minutes} 分钟。`),
  away: "现在没有客服在线。请留言，并告诉我们如何联系您。",
  opens: (at) => `我们将于 ${at} 恢复服务。`,
  name: "您的称呼",
  reach: "邮箱或电话",
  tooFast: "发送过快，稍后自动发送。",
  tooLong: "消息过长。",
  keptOut: "无法接收此消息。",
  gone: "在线咨询已关闭。",
  characters: (n) => `还可输入 ${n} 个字符`,
};

/** The first of these that is spoken here. */
export function wordsOf(...wanted: readonly (string | null | undefined)[]): { words: Words; language: "en" | "zh-CN" } {
  for (const one of wanted) {
    if (one?.toLowerCase().startsWith("zh")) return { words: zh, language: "zh-CN" };
    if (one?.toLowerCase().startsWith("en")) return { words: en, language: "en" };
  }
  return { words: en, language: "en" };
}
