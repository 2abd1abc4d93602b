import { dictionary } from "../../words";

export const words = dictionary({
  en: {
    title: "Wallboard",
    waiting: "waiting",
    longest: "longest wait",
    level: "service level",
    ready: "ready",
    talking: "talking",
    away: "not ready",
    answered: "answered",
    abandoned: "abandoned",
    fullScreen: "Full screen",
    all: "All queues",
    shown: "Queues shown",
    stale: "These figures are old: no connection",
  },
  zh: {
    title: "大屏",
    waiting: "等待",
    longest: "最长等待",
    level: "服务水平",
    ready: "就绪",
    talking: "通话中",
    away: "未就绪",
    answered: "已接听",
    abandoned: "放弃",
    fullScreen: "全屏",
    all: "全部队列",
    shown: "显示的队列",
    stale: "数据已过期：连接断开",
  },
});
