import { dictionary } from "../../words";

export const waitingWords = dictionary({
  en: {
    announce: "Say place and likely wait every",
    announceHelp: "0: only where the flow says so. Said again only when it has become less.",
    announceRange: "0, or 10 s to an hour",
    after: "Offer a callback after",
    above: "Offer a callback when the likely wait is above",
    callbackHelp: "The caller presses 1, hangs up and keeps their place: when their turn comes an agent's telephone rings, and then theirs. 0: not for that reason.",
    tries: "Calls before nobody is called any more",
    again: "Time between two calls",
    minutes: "min",
  },
  zh: {
    announce: "播报排队位置和预计等待时间的间隔",
    announceHelp: "0：仅按流程设置播报。仅在数值减小时重复播报。",
    announceRange: "0，或 10 秒至 1 小时",
    after: "等待多久后提供回电",
    above: "预计等待超过多久时提供回电",
    callbackHelp: "来电者按 1 后挂机并保留排队位置；轮到时先呼坐席，再呼来电者。0：不按此条件提供。",
    tries: "最多回拨次数",
    again: "两次回拨的间隔",
    minutes: "分钟",
  },
});
