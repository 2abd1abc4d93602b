import { dictionary } from "../words";

/** Of what is known of somebody at a glance. */
export const words = dictionary({
  en: {
    title: "Contact",
    vip: "VIP",
    makeVip: "Treat with particular care",
    noVip: "No particular care any more",
    unknown: "Nobody known: no number was sent.",
    first: "First conversation with us",
    earlier: "Earlier conversations",
    owed: (count: number) => (count === 1 ? "1 call promised" : `${count} calls promised`),
    nobody: "nobody talked with them",
    goesOn: "goes on",
    ticket: "Ticket",
    ringsFor: (seconds: number) => `rings for ${seconds} s more`,
    fromSite: "From the web site",
    onPage: (title: string) => `on “${title}”`,
    pickedUp: (queue: string) => `Picked up by itself: ${queue}`,
  },
  zh: {
    title: "联系人",
    vip: "VIP",
    makeVip: "标为重点客户",
    noVip: "取消重点客户",
    unknown: "未知来电者：未传送号码。",
    first: "首次联系我们",
    earlier: "历史会话",
    owed: (count) => `已承诺回电 ${count} 次`,
    nobody: "无人接待",
    goesOn: "进行中",
    ticket: "工单",
    ringsFor: (seconds) => `还会振铃 ${seconds} 秒`,
    fromSite: "来自网站",
    onPage: (title) => `页面：${title}`,
    pickedUp: (queue) => `已自动接听：${queue}`,
  },
});
